import { performance } from 'node:perf_hooks';

/** Time between two ticks; delays are told beyond it. */
const TICK_MS = 5;
/** Ticks that are kept: ten minutes. */
const MAX_TICKS = 120_000;

/**
 * Writes down how late a timer of 5 ms is, tick by tick. `monitorEventLoopDelay` sums up from one moment on and would
 * have to be told of that moment by a message, which a blocked loop reads too late; here the window is cut out
 * afterwards. Does not keep the process alive.
 */
export class LoopRecord {
  readonly #ticks: { atMs: number; delayMs: number }[] = [];
  #lastMs = performance.now();

  constructor() {
    setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Delays of the ticks that were due between two moments. */
  between(fromMs: number, toMs: number): number[] {
    return this.#ticks
      .filter(({ atMs, delayMs }) => atMs >= fromMs && atMs - delayMs - TICK_MS <= toMs)
      .map(({ delayMs }) => delayMs);
  }

  #tick(): void {
    const nowMs = performance.now();
    const delayMs = Math.max(0, nowMs - this.#lastMs - TICK_MS);
    this.#lastMs = nowMs;
    if (this.#ticks.length < MAX_TICKS) this.#ticks.push({ atMs: performance.timeOrigin + nowMs, delayMs });
  }
}
