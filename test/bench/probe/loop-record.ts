import { openSync, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** Time between two ticks; delays are told beyond it. */
const TICK_MS = 5;
/** Ticks that are kept: ten minutes. */
const MAX_TICKS = 120_000;
const NS_PER_MS = 1_000_000;

interface Tick {
  readonly atMs: number;
  readonly delayMs: number;
  /** Of the delay, what the thread was ready to run and had no processor. */
  readonly queuedMs: number;
}

/**
 * Writes down how late a timer of 5 ms is, tick by tick. `monitorEventLoopDelay` sums up from one moment on and would
 * have to be told of that moment by a message, which a blocked loop reads too late; here the window is cut out
 * afterwards. Does not keep the process alive.
 */
export class LoopRecord {
  readonly #ticks: Tick[] = [];
  readonly #queue = new RunQueue();
  #lastMs = performance.now();

  constructor() {
    setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** The ticks that were due between two moments. */
  between(fromMs: number, toMs: number): { delaysMs: number[]; queuedMs: number[] } {
    const ticks = this.#ticks.filter(
      ({ atMs, delayMs }) => atMs >= fromMs && atMs - delayMs - TICK_MS <= toMs,
    );
    return {
      delaysMs: ticks.map(({ delayMs }) => delayMs),
      queuedMs: ticks.map(({ queuedMs }) => queuedMs),
    };
  }

  #tick(): void {
    const nowMs = performance.now();
    const delayMs = Math.max(0, nowMs - this.#lastMs - TICK_MS);
    this.#lastMs = nowMs;
    const queuedMs = Math.min(delayMs, this.#queue.sinceLastMs());
    if (this.#ticks.length < MAX_TICKS) {
      this.#ticks.push({ atMs: performance.timeOrigin + nowMs, delayMs, queuedMs });
    }
  }
}

/** How long this thread waited for a processor, by the kernel's account (schedstat); 0 where it keeps none. */
class RunQueue {
  readonly #file = RunQueue.#open();
  readonly #bytes = Buffer.alloc(128);
  #lastNs = 0;

  static #open(): number | null {
    try {
      return openSync('/proc/thread-self/schedstat', 'r');
    } catch {
      return null;
    }
  }

  sinceLastMs(): number {
    if (this.#file === null) return 0;
    const length = readSync(this.#file, this.#bytes, 0, this.#bytes.length, 0);
    const nowNs = Number(this.#bytes.toString('latin1', 0, length).split(' ')[1]);
    const ms = (nowNs - this.#lastNs) / NS_PER_MS;
    this.#lastNs = nowNs;
    return ms;
  }
}
