import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulator } from './realm.ts';

test('faults end when the last act is done, also where that is not the last of the list', async () => {
  const { lines } = await simulator.simulate({
    seed: 1,
    workers: 1,
    acts: [
      { atMs: 9_000, kind: 'cut', node: 'worker1' },
      { atMs: 1_000, kind: 'cut', node: 'worker1' },
    ],
    maxLines: 10_000,
  });
  const marks = lines.flatMap((line) => /! (cut|faults end)/.exec(line)?.[1] ?? []);
  assert.deepEqual(marks, ['cut', 'cut', 'faults end']);
});
