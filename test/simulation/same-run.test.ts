import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('another seed gives another run', async () => {
  const one = await simulator.simulate({ seed: 1, workers: 1, steps: 0 });
  const other = await simulator.simulate({ seed: 2, workers: 1, steps: 0 });
  assert.notEqual(one.digest, other.digest);
});
