import { MusterError } from '../protocol/errors.ts';
import { isTextCommand, textAnswer } from './authd-text.ts';
import type { Registration } from './registration.ts';

/** Carries a message to the master and brings its answer. Rejects if it cannot: 3023 while there is no master. */
export type Forward = (message: string, signal: AbortSignal) => Promise<string>;

/** The registration of a worker: its master registers. */
export class ForwardingRegistration implements Registration {
  readonly #forward: Forward;
  readonly #end = new AbortController();

  constructor(forward: Forward) {
    this.#forward = forward;
  }

  async request(message: string, signal: AbortSignal): Promise<string> {
    if (this.#end.signal.aborted) throw new MusterError(3125);
    if (isTextCommand(message)) return textAnswer(message);
    return this.#forward(message, AbortSignal.any([signal, this.#end.signal]));
  }

  async close(): Promise<void> {
    this.#end.abort(new MusterError(3125));
  }
}
