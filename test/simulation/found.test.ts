import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Act } from '../../src/sim/acts.ts';
import { SeedRunner } from '../../src/sim/seed-runner.ts';
import type { Run } from '../../src/sim/simulate.ts';
import { simulator } from './realm.ts';

/** What the simulator has found, in its smallest form; docs/simulation.md has the record. */

/** Loses the power of a worker between its first connection and its first set, in most of some seeds, and later. */
const powers = [-1_840, -1_820, 0].flatMap((atMs) =>
  [1, 2, 3, 4, 5].map((seed) => ({
    seed,
    workers: 1,
    acts: [{ atMs, kind: 'power', node: 'worker1', offMs: 500 }] satisfies Act[],
    maxLines: 10_000,
  })),
);
const isRefused = ({ lines }: Run) => lines.some((line) => line.includes('3028'));

test('a worker that loses its power soon after its first start is the same node afterwards, and not refused', async () => {
  for (const options of powers) {
    const run = await simulator.simulate(options);
    assert.equal(run.failure, null);
    assert.ok(!isRefused(run));
  }
});

test('one that does not sync the directory of its identity is another one, and refused', async () => {
  const runner = new SeedRunner({
    mutation: {
      file: 'src/node/identity.ts',
      text: '    realFileSystem.syncDirectory(dirname(path));\n',
      wrong: '',
    },
  });
  try {
    let refused = 0;
    for (const options of powers) if (isRefused(await runner.run(options))) refused += 1;
    assert.notEqual(refused, 0);
  } finally {
    await runner.end();
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
  const [agentConf, keys, aws] = [
    'etc/shared/default/agent.conf',
    'etc/lists/audit-keys',
    'etc/lists/amazon/aws',
  ];
  const rules = 'etc/rules/local_rules.xml';
  const acts: readonly Act[] = [
    { atMs: 2_385, kind: 'write', paths: [rules], sizeBytes: 360, salt: 106_805_822 },
    { atMs: 4_731, kind: 'hang', node: 'worker3', forMs: 3_794 },
    { atMs: 5_270, kind: 'kill', node: 'master', offMs: 2_206 },
    { atMs: 7_398, kind: 'remove', path: agentConf },
    { atMs: 10_083, kind: 'write', paths: [keys, aws, agentConf], sizeBytes: 888, salt: 753_724_443 },
    {
      atMs: 10_136,
      kind: 'write',
      paths: [rules, keys, aws, 'etc/shared/db/extra.conf'],
      sizeBytes: 1_465,
      salt: 1_105_126_628,
    },
  ];
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
  const path = 'etc/shared/default/agent.conf';
  const acts: readonly Act[] = [
    { atMs: 304, kind: 'clock', node: 'worker3', byMs: 1_938_508 },
    { atMs: 28_887, kind: 'kill', node: 'worker3', offMs: 5_326 },
    {
      atMs: 30_520,
      kind: 'write',
      paths: ['etc/lists/amazon/aws', path],
      sizeBytes: 50,
      salt: 1_318_024_577,
    },
    { atMs: 41_231, kind: 'tamper', node: 'worker3', path, salt: 1_403_479 },
  ];
  const { failure } = await simulator.simulate({ seed, acts, maxLines: 0 });
  assert.equal(failure, null);
});
