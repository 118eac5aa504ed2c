import type { MusterError } from '../protocol/errors.ts';
import type { ChannelOptions } from './channel-options.ts';
import { CLOSE_TIMEOUT_MS } from './settings.ts';

/**
 * The end of a connection over what its peer has sent. Who speaks as it should, and only came at a bad time, is told why.
 * It would not hear that if what it still sends met a closed door: so that is read, and forgotten, until it ends too, for
 * `CLOSE_TIMEOUT_MS` at most.
 */
export class Farewell {
  readonly #options: ChannelOptions;
  readonly #answer: (counter: number, chunks: Uint8Array[]) => void;
  #timer: unknown = null;
  #reason: MusterError | null = null;

  constructor(options: ChannelOptions, answer: (counter: number, chunks: Uint8Array[]) => void) {
    this.#options = options;
    this.#answer = answer;
  }

  /** Why the connection ends; null while it does not. */
  get reason(): MusterError | null {
    return this.#reason;
  }

  /** Once. `counter` is that of the request to be answered; null: the connection is dropped at once. */
  say(counter: number | null, reason: MusterError): void {
    const { clock, connection, dialect } = this.#options;
    if (this.#reason !== null) return;
    this.#reason = reason;
    if (counter === null) {
      connection.destroy(reason);
      return;
    }
    this.#answer(counter, dialect.encodeFailure(counter, reason));
    connection.end();
    this.#timer = clock.setTimeout(() => connection.destroy(reason), CLOSE_TIMEOUT_MS);
  }

  stop(): void {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer);
  }
}
