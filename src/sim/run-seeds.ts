import { type RunnerOptions, SeedRunner } from './seed-runner.ts';
import type { Run } from './simulate.ts';

export interface SeedsOptions extends RunnerOptions {
  readonly seed: number;
  readonly count: number;
  readonly workers: number;
  readonly steps: number;
  /** Threads; each runs one seed after the other. */
  readonly jobs: number;
}

/** Runs seeds from `seed` on. Tells of each as it ends, in any order; false ends it early. Rejects with LostSeedError. */
export async function runSeeds(options: SeedsOptions, told: (run: Run) => boolean): Promise<void> {
  const { workers, steps } = options;
  let next = options.seed;
  const end = options.seed + options.count;
  let goesOn = true;
  const thread = async () => {
    const runner = new SeedRunner(options);
    try {
      while (goesOn && next < end) {
        const seed = next;
        next += 1;
        goesOn = told(await runner.run({ seed, workers, steps })) && goesOn;
      }
    } finally {
      await runner.end();
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
