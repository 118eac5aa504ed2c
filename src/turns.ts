import { MusterError } from './protocol/errors.ts';

export interface TurnsOptions {
  /** How many tasks may be under way together. */
  readonly atOnce?: number;
  /** How many may wait; without it any number. */
  readonly maxWaiting?: number;
}

/**
 * Runs tasks one after the other, or so many at a time, in their order, however those before them end. One that nobody
 * wants any more leaves at once, and is not begun.
 */
export class Turns {
  readonly #atOnce: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  #underWay = 0;

  constructor({ atOnce = 1, maxWaiting = Number.POSITIVE_INFINITY }: TurnsOptions = {}) {
    this.#atOnce = atOnce;
    this.#maxWaiting = maxWaiting;
  }

  /** Nothing runs or waits. */
  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /**
   * Never begins the task in this call, so that what the caller still does comes before it. Rejects with what the task rejects
   * with, 3110 (too many wait), or 3120 if the signal comes before its turn.
   */
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
    if (this.#underWay < this.#atOnce) {
      this.#underWay += 1;
      return;
    }
    if (this.#waiting.size >= this.#maxWaiting)
      throw new MusterError(3110, `${this.#waiting.size} calls wait for their turn`);
    await this.#wait(signal);
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

  /** Whoever is next has the turn from this moment: nobody else comes in between. */
  #passOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#underWay -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
