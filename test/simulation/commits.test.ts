import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Act } from '../../src/sim/acts.ts';
import type { Mutation } from '../../src/sim/realm.ts';
import { SeedRunner } from '../../src/sim/seed-runner.ts';

const SEEDS = 6;
const [AGENT, VERSION] = [1, 11];

/** Commits of the last seconds before a loss of power are lost: those by which an agent was heard of, or got into groups. */
const actsOf = (node: string): Act[] => [
  { atMs: 20_000, kind: 'report', node: 'worker1', agent: AGENT, salt: VERSION },
  { atMs: 22_000, kind: 'regroup', agent: AGENT, groups: ['web', 'db'] },
  { atMs: 45_000, kind: 'power', node, offMs: 1_000 },
];

async function play(node: string, mutation: Mutation | null) {
  const runner = new SeedRunner({ mutation });
  const [failures, lines]: [string[], string[]] = [[], []];
  try {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const run = await runner.run({ seed, workers: 1, acts: actsOf(node), maxLines: 10_000 });
      if (run.failure !== null) failures.push(run.failure.message);
      lines.push(...run.lines);
    }
  } finally {
    await runner.end();
  }
  const losses = lines.filter((line) => line.endsWith(`the store of ${node} is as it was some time ago`));
  return { failures, losses: losses.length };
}

test('what a master has confirmed it still has after a loss of power', async () => {
  assert.deepEqual((await play('master', null)).failures, []);
});

test('what a worker loses of its store with its power is told again, or found missing', async () => {
  const { failures, losses } = await play('worker1', null);
  assert.deepEqual(failures, []);
  assert.notEqual(losses, 0);
});

test('a master that confirms what is not on its disk is found, by promise 1', async () => {
  const { failures } = await play('master', {
    file: 'src/agents/embedded/tasks.ts',
    text: 'database.beginSyncedWrite();',
    wrong: 'database.beginWrite();',
  });
  assert.ok(
    failures.some((message) => message.includes(`a worker has heard v${VERSION} since`)),
    failures.join('; ') || 'nothing was found',
  );
});
