import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Act } from '../../src/sim/acts.ts';
import type { Mutation } from '../../src/sim/realm.ts';
import { SeedRunner } from '../../src/sim/seed-runner.ts';

/** Worker and master write several files in several directories, and the worker loses its power while they are put in place, or soon after. */
const PATHS = [
  'etc/rules/local_rules.xml',
  'etc/rules/site/web.xml',
  'etc/decoders/local_decoder.xml',
  'etc/lists/audit-keys',
  'etc/shared/web/agent.conf',
];
const SEEDS = 12;
const SETS = 4;
/** Between two writes; a set is in place long before that. */
const APART_MS = 12_000;
/** Steps on its disk from the first of a set to the last, and some. */
const MAX_STEPS = 70;
/** A set is in place some hundred milliseconds after it is written. */
const WITHIN_MS = 700;

/** The same, but its process dies at a step on its disk, and nobody has started it again when the power is lost. */
const killedActsOf = (seed: number): Act[] =>
  Array.from({ length: SETS }, (_, at): Act[] => {
    const atMs = 1_000 + at * APART_MS;
    const steps = 1 + ((seed * 17 + at * 13) % MAX_STEPS);
    return [
      { atMs: atMs - 1, kind: 'die-at-step', node: 'worker1', steps },
      { atMs, kind: 'write', paths: PATHS, sizeBytes: 300, salt: seed * 100 + at * 10 + 1 },
      { atMs: atMs + 2_500, kind: 'power', node: 'worker1', offMs: 3_000 },
    ];
  }).flat();

const actsOf = (seed: number): Act[] =>
  Array.from({ length: SETS }, (_, at): Act[] => {
    const atMs = 1_000 + at * APART_MS;
    const offMs = 60 + ((seed * 37 + at * 91) % WITHIN_MS);
    return [
      { atMs, kind: 'write', paths: PATHS, sizeBytes: 300, salt: seed * 100 + at * 10 + 1 },
      { atMs: atMs + offMs, kind: 'power', node: 'worker1', offMs: 3_000 },
    ];
  }).flat();

/** What the runs of these seeds break. */
async function failures(mutation: Mutation | null, plan = actsOf): Promise<string[]> {
  const runner = new SeedRunner({ mutation });
  const found: string[] = [];
  try {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { failure } = await runner.run({ seed, workers: 1, acts: plan(seed), maxLines: 0 });
      if (failure !== null) found.push(failure.message);
    }
  } finally {
    await runner.end();
  }
  return found;
}

test('a worker that loses its power has one set or another as a whole, but for contents that were lost', async () => {
  assert.deepEqual([...(await failures(null)), ...(await failures(null, killedActsOf))], []);
});

/** Each leaves out something that has to be on the disk before a set goes on. */
const wrongs: readonly (Mutation & { readonly what: string; readonly plan: typeof actsOf })[] = [
  {
    what: 'names that are not on the disk when the journal goes',
    plan: actsOf,
    file: 'src/files/carry-out.ts',
    text: '...syncingNames(fs, home, journal), ',
    wrong: '',
  },
  {
    what: 'journals whose contents are not on the disk when their sets are put in place',
    plan: killedActsOf,
    file: 'src/files/ports.ts',
    text: '      fs.fsyncSync(file);\n',
    wrong: '',
  },
];

for (const { what, plan, ...mutation } of wrongs) {
  test(`${what} are found, by promise 2`, async () => {
    const found = await failures(mutation, plan);
    assert.ok(
      found.some((message) => message.startsWith('2: ')),
      `found: ${found.join('; ') || 'nothing'}`,
    );
  });
}
