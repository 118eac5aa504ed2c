import type { Clock } from '../clock.ts';
import { PROGRESS_INTERVAL_MS } from './limits.ts';

/** Bounds the rate of reports: the first one is due at once, the next when the interval has passed. */
export class Pace {
  readonly #clock: Pick<Clock, 'elapsedMs'>;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'elapsedMs'>) {
    this.#clock = clock;
  }

  isDue(): boolean {
    const nowMs = this.#clock.elapsedMs();
    if (nowMs - this.#lastMs < PROGRESS_INTERVAL_MS) return false;
    this.#lastMs = nowMs;
    return true;
  }
}
