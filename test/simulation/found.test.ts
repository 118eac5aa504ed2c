import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pick, plannedActs } from '../../src/sim/plan.ts';
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

test('a short freeze within a long one does not wake a node before its time, with what was put off still asleep', async () => {
  const { lines } = await simulator.simulate({
    seed: 1,
    workers: 1,
    acts: [
      { atMs: 5_000, kind: 'freeze', node: 'master', forMs: 20_000 },
      { atMs: 10_000, kind: 'freeze', node: 'master', forMs: 5_000 },
      // The worker comes again while the master has to sleep.
      { atMs: 14_000, kind: 'cut', node: 'worker1' },
    ],
    maxLines: Number.POSITIVE_INFINITY,
  });
  const saidAt = lines
    .map((line) => /^ *([\d.]+) master /.exec(line)?.[1])
    .filter((seconds) => seconds !== undefined)
    .map(Number);
  const [frozenAt = Number.NaN] = lines
    .flatMap((line) => /^ *([\d.]+) ! freeze/.exec(line)?.[1] ?? [])
    .map(Number);
  assert.ok(frozenAt > 0);
  assert.deepEqual(
    saidAt.filter((at) => at > frozenAt && at < frozenAt + 20),
    [],
  );
  assert.ok(saidAt.some((at) => at >= frozenAt + 20));
});

test('a set that was found by a scan, and never lay on the disk of the master as a whole, is one that it published', async () => {
  // While the second write is noticed a scan of the first is under way, and a round leaves a file out.
  const seed = 60_706;
  const acts = pick(plannedActs({ seed }), [0, 1, 2, 4, 5, 6]);
  const { lines, failure } = await simulator.simulate({ seed, acts, maxLines: 10_000 });
  assert.ok(lines.some((line) => line.includes('is left to the next round')));
  assert.equal(failure, null);
});

test('a report counts from when the store has it, and not from when a node that was frozen meanwhile hears that', async () => {
  const { failure } = await simulator.simulate({
    seed: 2,
    workers: 2,
    acts: [
      { atMs: 15_491, kind: 'report', node: 'worker1', agent: 5, salt: 11 },
      { atMs: 15_496, kind: 'freeze', node: 'worker1', forMs: 25_000 },
      { atMs: 35_000, kind: 'report', node: 'worker2', agent: 5, salt: 22 },
    ],
    maxLines: 0,
  });
  assert.equal(failure, null);
});

test('what somebody writes on a worker after its clock was ahead of its files is found, though it has the size and an older time', async () => {
  const seed = 114_158;
  const acts = pick(plannedActs({ seed }), [1, 26, 27, 35]);
  const { failure } = await simulator.simulate({ seed, acts, maxLines: 0 });
  assert.equal(failure, null);
});
