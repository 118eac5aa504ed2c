import type { Clock } from './clock.ts';

/** Durations of processes, by the actor that runs them: nothing to clear, whatever way the process ends. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #startedMs = new WeakMap<object, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(process: object): void {
    this.#startedMs.set(process, this.#clock.now());
  }

  /** Seconds since the start; 0 for a process that was never started. */
  seconds(process: object): number {
    return (this.#clock.now() - this.startedMs(process)) / 1000;
  }

  /** The same as the log tells it: `0.016s`. */
  told(process: object): string {
    return `${this.seconds(process).toFixed(3)}s`;
  }

  /** When it started and how long it has taken, as status tells it. */
  lap(process: object): { startedAt: string; durationSeconds: number } {
    return {
      startedAt: new Date(this.startedMs(process)).toISOString(),
      durationSeconds: this.seconds(process),
    };
  }

  startedMs(process: object): number {
    return this.#startedMs.get(process) ?? this.#clock.now();
  }
}
