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
}

/** Most of what a run makes is garbage at once; with the little room of the default it is copied before it is. */
const YOUNG_GENERATION_MB = 192;

/** Runs seeds from `seed` on. Tells of each as it ends, in any order; false ends it early. */
export async function runSeeds(options: SeedsOptions, told: (run: Run) => boolean): Promise<void> {
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
        const { workers, steps } = options;
        const seed = next;
        next += 1;
        goesOn = told(await answerOf(worker, { seed, workers, steps })) && goesOn;
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, options.count) }, thread));
}

function answerOf(worker: Worker, options: SimulateOptions): Promise<Run> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(error);
    worker.once('error', fail);
    worker.once('message', (run: Run) => {
      worker.off('error', fail);
      resolve(run);
    });
    worker.postMessage(options);
  });
}
