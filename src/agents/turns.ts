import { MusterError } from '../protocol/errors.ts';

/**
 * Runs tasks one after the other. So many may wait for their turn; one that nobody wants any more leaves at once, and is
 * not begun.
 */
export class Turns {
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  #isTaken = false;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Rejects with what the task rejects with, 3110 (too many wait), or 3120 if the signal comes before its turn. */
  async run<Result>(task: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    await this.#turn(signal);
    try {
      return await task();
    } finally {
      this.#passOn();
    }
  }

  async #turn(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new MusterError(3120);
    if (this.#isTaken && this.#waiting.size >= this.#maxWaiting) {
      throw new MusterError(3110, `${this.#waiting.size} writes wait for the agent store`);
    }
    if (this.#isTaken) await this.#wait(signal);
    this.#isTaken = true;
  }

  #wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.delete(begin);
        reject(new MusterError(3120));
      };
      this.#waiting.add(begin);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Whoever is next has it from this moment: nobody else comes in between. */
  #passOn(): void {
    const [next] = this.#waiting;
    this.#isTaken = next !== undefined;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }
}
