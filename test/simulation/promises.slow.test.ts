import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeeds } from '../../src/sim/run-seeds.ts';
import type { Run } from '../../src/sim/simulate.ts';

const SEEDS = 50;

test(`clusters keep their promises under faults, with ${SEEDS} seeds`, async () => {
  const failed: Run[] = [];
  let runs = 0;
  await runSeeds({ seed: 1_000, count: SEEDS, workers: 2, steps: 15, jobs: 2 }, (run) => {
    runs += 1;
    if (run.failure !== null) failed.push(run);
    return true;
  });
  const told = failed.map(
    ({ seed, failure }) => `muster sim --seed ${seed} --workers 2 --steps 15: ${failure?.message}`,
  );
  assert.deepEqual(told, []);
  assert.equal(runs, SEEDS);
});
