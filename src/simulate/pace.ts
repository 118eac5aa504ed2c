import { setTimeout as pause } from 'node:timers/promises';
import { MAX_LATE_MS } from './limits.ts';

/** Shortest pause that a timer can make; who is earlier by less goes on. */
const MIN_PAUSE_MS = 1;

/** Holds a play to the moments of its plan. When it is too late, the plan waits for it: what was lost is not caught up. */
export class Pace {
  #beginMs = performance.now();
  #lostMs = 0;

  /** Time by which the plan was held up. */
  get lostMs(): number {
    return this.#lostMs;
  }

  /** Resolves when it is time. Rejects when the signal says so. */
  async until(atMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const earlyMs = this.#beginMs + atMs - performance.now();
    if (earlyMs >= MIN_PAUSE_MS) return pause(earlyMs, undefined, { signal });
    const beyondMs = -earlyMs - MAX_LATE_MS;
    if (beyondMs <= 0) return;
    this.#beginMs += beyondMs;
    this.#lostMs += beyondMs;
  }
}
