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
    const passedMs = nowMs - this.#lastMs;
    // A clock that was set back must not silence a transfer that moves until it has caught up.
    if (passedMs >= 0 && passedMs < PROGRESS_INTERVAL_MS) return false;
    this.#lastMs = nowMs;
    return true;
  }
}
