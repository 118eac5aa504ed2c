import { SimulatedClock } from 'xstate';
import type { Clock } from '../../src/node/clock.ts';

/** A clock that goes on when it is told to, and that somebody may set meanwhile. */
export class ManualClock implements Clock {
  readonly #elapsed = new SimulatedClock();
  /** How far it was set ahead; below 0: back. */
  aheadMs = 0;

  now(): number {
    return this.#elapsed.now() + this.aheadMs;
  }

  elapsedMs(): number {
    return this.#elapsed.now();
  }

  setTimeout(task: () => void, timeoutMs: number): number {
    return this.#elapsed.setTimeout(task, timeoutMs);
  }

  clearTimeout(timer: number): void {
    this.#elapsed.clearTimeout(timer);
  }

  /** Lets time pass. */
  increment(timeMs: number): void {
    this.#elapsed.increment(timeMs);
  }
}
