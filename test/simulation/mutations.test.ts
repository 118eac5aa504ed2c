import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mutation } from '../../src/sim/realm.ts';
import { runSeeds } from '../../src/sim/run-seeds.ts';
import type { Run } from '../../src/sim/simulate.ts';

/** Seeds within which a wrong has to be found. */
const MAX_SEEDS = 60;

const wrongs: readonly (Mutation & { what: string; promise: string })[] = [
  {
    what: 'a set that is applied without a journal',
    file: 'src/files/apply.ts',
    text: '  writeJournal(fs, home, journal);\n',
    wrong: '',
    promise: '2',
  },
  {
    what: 'a permission that is never free again',
    file: 'machines/integrity/permission.ts',
    text: "'permission.release': 'free',",
    wrong: "'permission.release': {},",
    promise: '1',
  },
];

for (const { what, promise, ...mutation } of wrongs) {
  test(`${what} is found within ${MAX_SEEDS} seeds`, async () => {
    let found: Run | null = null;
    await runSeeds({ seed: 1, count: MAX_SEEDS, workers: 2, steps: 25, jobs: 2, mutation }, (run) => {
      if (run.failure !== null) found ??= run;
      return found === null;
    });
    const failure = (found as Run | null)?.failure;
    assert.match(failure?.message ?? 'nothing was found', new RegExp(`^${promise}: `));
  });
}
