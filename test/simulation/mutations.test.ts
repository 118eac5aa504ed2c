import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planted } from '../../src/sim/planted.ts';
import { runSeeds } from '../../src/sim/run-seeds.ts';
import type { Run } from '../../src/sim/simulate.ts';

/** Seeds within which a wrong has to be found. */
const MAX_SEEDS = 60;

for (const { what, promise, seed, ...mutation } of planted) {
  test(`${what} is found within ${MAX_SEEDS} seeds, by promise ${promise}`, async () => {
    let found: Run | null = null;
    await runSeeds({ seed, count: MAX_SEEDS, workers: 2, steps: 25, jobs: 1, mutation }, (run) => {
      if (run.failure !== null) found ??= run;
      return found === null;
    });
    const failure = (found as Run | null)?.failure;
    assert.match(failure?.message ?? 'nothing was found', new RegExp(`^${promise}: `));
  });
}
