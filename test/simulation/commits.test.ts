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

/** A worker forgets that it has told a report, after its clock was set back; another one hears of the agent since. */
const againActs: readonly Act[] = [
  { atMs: 20_000, kind: 'report', node: 'worker1', agent: AGENT, salt: VERSION },
  { atMs: 38_000, kind: 'clock', node: 'worker1', byMs: -3_600_000 },
  { atMs: 42_000, kind: 'power', node: 'worker1', offMs: 1_000 },
  { atMs: 50_000, kind: 'report', node: 'worker2', agent: AGENT, salt: VERSION + 1 },
];
/** Some of them lose that it was told, and keep the report: of each ten seeds one does. */
const AGAIN_SEEDS = [20, 21, 22, 25];

test('a report that is told again, after a jump of the clock that it is dated by, is nobody’s fault', async () => {
  const runner = new SeedRunner({ mutation: null });
  let toldAgain = 0;
  try {
    for (const seed of AGAIN_SEEDS) {
      const run = await runner.run({ seed, workers: 2, acts: againActs, maxLines: 10_000 });
      assert.equal(run.failure?.message ?? null, null);
      const isTold = (line: string) => line.includes('worker1 debug') && line.includes('1 agents are synced');
      if (run.lines.filter(isTold).length === 2) toldAgain += 1;
    }
  } finally {
    await runner.end();
  }
  assert.ok(toldAgain > 0, 'it was told twice at least once');
});
