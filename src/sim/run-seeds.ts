import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Mutation } from './realm.ts';
import type { Run, SimulateOptions } from './simulate.ts';

export interface SeedsOptions {
  readonly seed: number;
  readonly count: number;
  readonly workers: number;
  readonly steps: number;
  /** Threads; each runs one seed after the other. */
  readonly jobs: number;
  /** A wrong that the simulator is to find. */
  readonly mutation?: Mutation;
  /** How long one seed may take, of the time of the machine that runs it; `longestMs` if left out. */
  readonly maxSeedMs?: number;
}

/** Most of what a run makes is garbage at once; with the little room of the default it is copied before it is. */
const YOUNG_GENERATION_MB = 192;
/** A thread has to load the sources first. */
const LOADING_MS = 60_000;
/** Some hundred times what an act of one node takes. */
const ACT_OF_A_NODE_MS = 1_000;

/** A run that takes longer than this does not come to its end: a node of it goes round in a circle within one event. */
export const longestMs = ({ workers, steps }: Pick<SeedsOptions, 'workers' | 'steps'>): number =>
  LOADING_MS + ACT_OF_A_NODE_MS * (1 + workers) * (1 + steps);

/** There is no outcome of a seed: what ran it is gone, or was stopped. */
export class LostSeedError extends Error {
  readonly seed: number;

  constructor(seed: number, what: string, cause?: unknown) {
    super(`seed ${seed} has no outcome: ${what}`, { cause });
    this.seed = seed;
  }
}

/** Runs seeds from `seed` on. Tells of each as it ends, in any order; false ends it early. Rejects with LostSeedError. */
export async function runSeeds(options: SeedsOptions, told: (run: Run) => boolean): Promise<void> {
  const { workers, steps, maxSeedMs = longestMs(options) } = options;
  let next = options.seed;
  const end = options.seed + options.count;
  let goesOn = true;
  const script = new URL(`./seed-thread${extname(import.meta.url)}`, import.meta.url);
  const thread = async () => {
    const worker = new Worker(script, {
      workerData: options.mutation ?? null,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    try {
      while (goesOn && next < end) {
        const seed = next;
        next += 1;
        goesOn = told(await outcomeOf(worker, { seed, workers, steps }, maxSeedMs)) && goesOn;
      }
    } finally {
      await worker.terminate();
    }
  };
  const threads = Array.from({ length: Math.min(options.jobs, options.count) }, thread);
  try {
    await Promise.all(threads);
  } finally {
    // Where one has failed, the others end with the seed that each is at.
    goesOn = false;
    await Promise.allSettled(threads);
  }
}

function outcomeOf(worker: Worker, options: SimulateOptions, maxMs: number): Promise<Run> {
  const { seed } = options;
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(late);
      for (const [event, heard] of Object.entries(events)) worker.off(event, heard);
      settle();
    };
    const lose = (what: string, cause?: unknown) => end(() => reject(new LostSeedError(seed, what, cause)));
    const events = {
      message: (run: Run) => end(() => resolve(run)),
      error: (error: unknown) => lose(`its thread died: ${error}`, error),
      exit: (code: number) => lose(`its thread ended with ${code}`),
    };
    const late = setTimeout(() => lose(`it was not over after ${maxMs / 1000} s`), maxMs);
    for (const [event, heard] of Object.entries(events)) worker.on(event, heard);
    worker.postMessage(options);
  });
}
