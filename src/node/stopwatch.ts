import type { Clock } from './clock.ts';

interface Start {
  /** By the clock that people read, and by the one that nobody sets. */
  readonly at: string;
  readonly elapsedMs: number;
}

/** Durations of processes, by the actor that runs them: nothing to clear, whatever way the process ends. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #starts = new WeakMap<object, Start>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(process: object): void {
    this.#starts.set(process, this.#now());
  }

  /** Seconds since the start; 0 for a process that was never started. */
  seconds(process: object): number {
    return this.lap(process).durationSeconds;
  }

  /** The same as the log tells it: `0.016s`. */
  told(process: object): string {
    return `${this.seconds(process).toFixed(3)}s`;
  }

  /** When it started and how long it has taken, as status tells it. */
  lap(process: object): { startedAt: string; durationSeconds: number } {
    const now = this.#now();
    const start = this.#starts.get(process) ?? now;
    return { startedAt: start.at, durationSeconds: (now.elapsedMs - start.elapsedMs) / 1000 };
  }

  #now(): Start {
    return { at: new Date(this.#clock.now()).toISOString(), elapsedMs: this.#clock.elapsedMs() };
  }
}
