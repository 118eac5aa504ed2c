import { MusterError } from '../protocol/errors.ts';
import { MAX_COUNTER } from '../protocol/limits.ts';
import type { Clock } from './clock.ts';

/** Requests of ours to one peer that may wait for their replies at the same time. */
export const MAX_OUTSTANDING_REQUESTS = 1024;

interface Outstanding<Reply> {
  readonly title: string;
  readonly timer: unknown;
  settle(reply: Reply): void;
  fail(error: MusterError): void;
}

/**
 * The requests of this side that wait for their replies. Each ends exactly once: by its reply, its deadline, its
 * caller, or the end of the connection. A reply that comes later is dropped.
 */
export class Requests<Reply> {
  readonly #waiting = new Map<number, Outstanding<Reply>>();
  readonly #clock: Clock;
  #counter: number;

  /** `firstCounter` is random, so that a stranger cannot guess which replies are waited for. */
  constructor(clock: Clock, firstCounter: number) {
    this.#clock = clock;
    this.#counter = firstCounter;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Registers a request, then sends it. Rejects with 3020 (deadline), 3110 (too many), 3120 (given up by the caller). */
  send(
    title: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    write: (counter: number) => void,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new MusterError(3120, title));
      if (this.#waiting.size >= MAX_OUTSTANDING_REQUESTS) return reject(new MusterError(3110, title));
      const counter = this.nextCounter();
      const end = () => {
        this.#waiting.delete(counter);
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener('abort', abandon);
      };
      const fail = (error: MusterError) => {
        end();
        reject(error);
      };
      const abandon = () => fail(new MusterError(3120, title));
      const timer = this.#clock.setTimeout(() => fail(new MusterError(3020, title)), timeoutMs);
      signal?.addEventListener('abort', abandon);
      const settle = (reply: Reply) => {
        end();
        resolve(reply);
      };
      this.#waiting.set(counter, { title, timer, settle, fail });
      try {
        write(counter);
      } catch (error) {
        fail(MusterError.from(error, 3018));
      }
    });
  }

  /** True if somebody waits for the reply with this counter. */
  has(counter: number): boolean {
    return this.#waiting.has(counter);
  }

  /** Ends the request of this counter. False if nobody waits for it (any more). */
  settle(counter: number, reply: Reply): boolean {
    const outstanding = this.#waiting.get(counter);
    outstanding?.settle(reply);
    return outstanding !== undefined;
  }

  /** The next one that no request has which waits for its reply. */
  nextCounter(): number {
    do {
      this.#counter = this.#counter >= MAX_COUNTER ? 0 : this.#counter + 1;
    } while (this.#waiting.has(this.#counter));
    return this.#counter;
  }

  /** Ends every request: nothing will be answered any more. */
  failAll(error: MusterError): void {
    for (const outstanding of [...this.#waiting.values()]) outstanding.fail(error);
  }
}
