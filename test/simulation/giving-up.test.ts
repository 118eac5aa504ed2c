import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planted } from '../../src/sim/planted.ts';
import { loadSimulator } from '../../src/sim/realm.ts';

test('a node may give up 30 times in a run, and once more is found, by promise 8', async () => {
  const wrong = planted.find(({ name }) => name === 'no-second-start');
  assert.ok(wrong);
  const { simulate } = await loadSimulator(wrong);
  const { failure } = await simulate({
    seed: 1,
    workers: 1,
    acts: [{ atMs: 0, kind: 'kill', node: 'worker1', offMs: 50 }],
  });
  assert.equal(failure?.message, '8: worker1 gave up 31 times');
});
