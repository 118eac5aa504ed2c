import { PROGRESS_INTERVAL_MS } from './limits.ts';

/** Bounds the rate of reports: the first one is due at once, the next when the interval has passed. */
export class Pace {
  readonly #clock: { now(): number };
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(clock: { now(): number }) {
    this.#clock = clock;
  }

  isDue(): boolean {
    const nowMs = this.#clock.now();
    if (nowMs - this.#lastMs < PROGRESS_INTERVAL_MS) return false;
    this.#lastMs = nowMs;
    return true;
  }
}
