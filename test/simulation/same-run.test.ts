import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeeds } from '../../src/sim/run-seeds.ts';
import { runMuster } from '../cli/run-muster.ts';
import { simulator } from './realm.ts';

const STEPS = 15;

test('the same seed gives the same run, to the byte, whatever ran before', async () => {
  const first = await simulator.simulate({ seed: 7, workers: 2, steps: STEPS });
  await simulator.simulate({ seed: 8, workers: 1, steps: STEPS });
  const again = await simulator.simulate({ seed: 7, workers: 2, steps: STEPS, stacks: true });
  assert.deepEqual(again.lines, first.lines);
  assert.equal(again.digest, first.digest);
  assert.equal(again.events, first.events);
});

/** In the second an error names a file that is named after the process that writes it. */
for (const seed of [9, 70046])
  test(`seed ${seed} of its usual size is the same run in this process, in a thread and in another process`, async () => {
    const { digest } = await simulator.simulate({ seed });
    const inThreads: string[] = [];
    await runSeeds({ seed, count: 1, workers: 3, steps: 40, jobs: 1 }, (run) => {
      inThreads.push(run.digest);
      return true;
    });
    const { stdout } = await runMuster(['sim', '--seed', `${seed}`]);
    assert.deepEqual(inThreads, [digest]);
    assert.match(stdout, new RegExp(`^seed ${seed}: .*, every promise was kept; trace [0-9a-f]{64}$`, 'm'));
    assert.ok(stdout.includes(digest), stdout);
  });

test('another seed gives another run', async () => {
  const one = await simulator.simulate({ seed: 1, workers: 1, steps: 0 });
  const other = await simulator.simulate({ seed: 2, workers: 1, steps: 0 });
  assert.notEqual(one.digest, other.digest);
});
