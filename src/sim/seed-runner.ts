import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { LineFlow } from './line-flow.ts';
import { DEFAULT_STEPS, DEFAULT_WORKERS } from './plan.ts';
import { type ProcessorMs, ProcessorWatch, processorMsOf } from './processor-watch.ts';
import type { Mutation } from './realm.ts';
import type { Run, SimulateOptions } from './simulate.ts';

/** What a thread of seeds is made with. */
export interface WorkerData {
  readonly mutation: Mutation | null;
  /** Memory of the flow of lines. */
  readonly lines: SharedArrayBuffer;
}

/** A seed that a thread is to run. */
export interface Order {
  readonly options: SimulateOptions;
  /** Whether the lines of its trace are told as they are written. */
  readonly isHeard: boolean;
}

/** What a thread says of the seed that it runs: the run comes last. */
export type Told = { readonly line: string } | { readonly run: Run };

export interface RunnerOptions {
  /** A wrong that the simulator is to find. */
  readonly mutation?: Mutation | null;
  /** How long one seed may have a processor; `longestMs` if left out. */
  readonly maxSeedMs?: number | undefined;
  /** What tells how long it had one. */
  readonly processorMs?: ProcessorMs;
}

/** Most of what a run makes is garbage at once; with the little room of the default it is copied before it is. */
const YOUNG_GENERATION_MB = 192;
/** A thread has to load the sources first. */
const LOADING_MS = 60_000;
/** Some hundred times what an act of one node takes. */
const ACT_OF_A_NODE_MS = 1_000;

const SCRIPT = new URL(`./seed-thread${extname(import.meta.url)}`, import.meta.url);

/** A run that has a processor for longer than this does not come to its end: a node of it goes round in a circle within one event. */
export function longestMs({
  workers = DEFAULT_WORKERS,
  steps = DEFAULT_STEPS,
  acts,
}: Pick<SimulateOptions, 'workers' | 'steps' | 'acts'>): number {
  return LOADING_MS + ACT_OF_A_NODE_MS * (1 + workers) * (1 + (acts?.length ?? steps));
}

/** There is no outcome of a seed: what ran it is gone, or was stopped. */
export class LostSeedError extends Error {
  readonly seed: number;

  constructor(seed: number, what: string, cause?: unknown) {
    super(`seed ${seed} has no outcome: ${what}`, { cause });
    this.seed = seed;
  }
}

/** Runs one seed after the other in a thread, which can be stopped where a run does not come to its end. */
export class SeedRunner {
  readonly #options: RunnerOptions;
  #flow = new LineFlow();
  #worker: Worker | null = null;

  constructor(options: RunnerOptions = {}) {
    this.#options = options;
  }

  /** `onLine` is called with each line of the trace as it is written. Rejects with LostSeedError; the next seed has a new thread then. */
  async run(options: SimulateOptions, onLine?: (line: string) => void): Promise<Run> {
    this.#worker ??= this.#newWorker();
    try {
      return await this.#outcomeOf(this.#worker, options, onLine);
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  async end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    // Whatever it dies of now, its seed has had its outcome.
    worker?.on('error', () => {});
    await worker?.terminate();
  }

  #newWorker(): Worker {
    const { mutation = null } = this.#options;
    this.#flow = new LineFlow();
    return new Worker(SCRIPT, {
      workerData: { mutation, lines: this.#flow.memory } satisfies WorkerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
  }

  #outcomeOf(worker: Worker, options: SimulateOptions, onLine?: (line: string) => void): Promise<Run> {
    const { maxSeedMs: maxMs = longestMs(options), processorMs = processorMsOf } = this.#options;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        watch.end();
        for (const [event, heard] of Object.entries(events)) worker.off(event, heard);
        settle();
      };
      const lose = (what: string, cause?: unknown) =>
        end(() => reject(new LostSeedError(options.seed, what, cause)));
      const events = {
        message: (told: Told) => {
          if ('run' in told) return end(() => resolve(told.run));
          this.#flow.end();
          onLine?.(told.line);
        },
        error: (error: unknown) => lose(`its thread died: ${error}`, error),
        exit: (code: number) => lose(`its thread ended with ${code}`),
      };
      const watch = new ProcessorWatch({ worker, maxMs, processorMs, onOver: lose });
      for (const [event, heard] of Object.entries(events)) worker.on(event, heard);
      worker.postMessage({ options, isHeard: onLine !== undefined } satisfies Order);
    });
  }
}
