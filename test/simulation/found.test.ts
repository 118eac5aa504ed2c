import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulator } from './realm.ts';

/** What the simulator has found, in its smallest form; docs/simulation.md has the record. */

test('a worker that loses its power at once after its first start is the same node afterwards, and not refused', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { lines, failure } = await simulator.simulate({
      seed,
      workers: 1,
      acts: [{ atMs: 0, kind: 'power', node: 'worker1', offMs: 500 }],
      maxLines: Number.POSITIVE_INFINITY,
    });
    assert.equal(failure, null);
    assert.deepEqual(
      lines.filter((line) => line.includes('3028')),
      [],
    );
  }
});
