import type { Worker } from 'node:worker_threads';

/** How often a thread is asked how much of a processor it had. */
export const BEAT_MS = 1_000;
/** A thread that does not use what it may have is given up too: after so many times as long, by a clock that stands still with this process. */
export const MAX_WAITING_FACTOR = 10;
/** And not before this, however little it may have. */
const MIN_WAITING_MS = 60_000;

/** How long a thread had a processor since it began, in milliseconds. Rejects as long as it has not begun. */
export type ProcessorMs = (worker: Worker) => Promise<number>;

export const processorMsOf: ProcessorMs = async (worker) => {
  const { user, system } = await worker.cpuUsage();
  return (user + system) / 1_000;
};

interface WatchOptions {
  readonly worker: Worker;
  readonly maxMs: number;
  readonly processorMs: ProcessorMs;
  /** Called once, with what was too long. */
  onOver(what: string): void;
}

/**
 * Limits what a thread takes of a processor from now on. The clock on the wall would tell of the machine: one that is busy
 * gives a thread little of each second, and one that was stopped nothing.
 */
export class ProcessorWatch {
  readonly #options: WatchOptions;
  readonly #beatMs: number;
  readonly #timer: NodeJS.Timeout;
  #beats = 0;
  #isAsking = false;
  /** What the thread had had before; 0 of a new one. */
  #beforeMs = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#beatMs = Math.min(BEAT_MS, options.maxMs);
    this.#ask((usedMs) => {
      this.#beforeMs = usedMs;
    });
    // Where the process stood still, an interval is behind by one beat, and not by all of them.
    this.#timer = setInterval(() => this.#beat(), this.#beatMs);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const { maxMs } = this.#options;
    this.#beats += 1;
    const waitedMs = this.#beats * this.#beatMs;
    if (waitedMs >= Math.max(MAX_WAITING_FACTOR * maxMs, MIN_WAITING_MS))
      this.#over(`it was not over after ${waitedMs / 1000} s`);
    else
      this.#ask((usedMs) => {
        if (usedMs - this.#beforeMs < maxMs) return;
        this.#over(`it was not over after ${maxMs / 1000} s of processor time`);
      });
  }

  #over(what: string): void {
    this.end();
    this.#options.onOver(what);
  }

  /** A thread that does not answer yet is asked nothing more. */
  #ask(heard: (usedMs: number) => void): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const end = () => {
      this.#isAsking = false;
    };
    // One that has not begun has used nothing; of one that has ended the runner hears.
    this.#options
      .processorMs(this.#options.worker)
      .then(heard, () => {})
      .finally(end);
  }
}
