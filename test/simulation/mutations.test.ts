import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mutation } from '../../src/sim/realm.ts';
import { runSeeds } from '../../src/sim/run-seeds.ts';
import type { Run } from '../../src/sim/simulate.ts';

/** Seeds within which a wrong has to be found. */
const MAX_SEEDS = 60;

interface Wrong extends Mutation {
  readonly what: string;
  /** The promise that it breaks. */
  readonly promise: string;
  /** The seed to begin with: one that finds it, when this was written, comes soon. */
  readonly seed: number;
}

const wrongs: readonly Wrong[] = [
  {
    what: 'a worker that does not connect again',
    file: 'machines/connection/connector.ts',
    text: "waiting: { after: { retry: 'connecting' }, on",
    wrong: 'waiting: { on',
    promise: '1',
    seed: 1,
  },
  {
    what: 'a set that is applied without a journal',
    file: 'src/files/apply.ts',
    text: '  writeJournal(fs, home, journal);\n',
    wrong: '',
    promise: '2',
    seed: 20,
  },
  {
    what: 'a permission that is never free again',
    file: 'machines/integrity/permission.ts',
    text: "'permission.release': 'free',",
    wrong: "'permission.release': {},",
    promise: '3',
    seed: 1,
  },
  {
    what: 'a request that waits for ever',
    file: 'src/node/channel.ts',
    text: 'timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS',
    wrong: 'timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS * 1000',
    promise: '4',
    seed: 10,
  },
  {
    what: 'files that are handed over as a whole, whatever waits before them',
    file: 'src/node/outbox.ts',
    text: 'while (this.#hasRoom && this.#bulk.length > 0 && this.#connection.pendingBytes < MAX_BULK_AHEAD_BYTES) {',
    wrong: 'while (this.#bulk.length > 0) {',
    promise: '6',
    seed: 14,
  },
  {
    what: 'an older session that stays beside the one that took its place',
    file: 'machines/connection/admission.ts',
    text: "type: 'evict',",
    wrong: "type: 'note',",
    promise: '7',
    seed: 3,
  },
  {
    what: 'a node that gives up at every start after its first',
    file: 'src/node/identity.ts',
    text: 'return NODE_ID.test(text) ? text : null;',
    wrong: "throw new Error('it has one already');",
    promise: '8',
    seed: 1,
  },
];

for (const { what, promise, seed, ...mutation } of wrongs) {
  test(`${what} is found within ${MAX_SEEDS} seeds, by promise ${promise}`, async () => {
    let found: Run | null = null;
    await runSeeds({ seed, count: MAX_SEEDS, workers: 2, steps: 25, jobs: 1, mutation }, (run) => {
      if (run.failure !== null) found ??= run;
      return found === null;
    });
    const failure = (found as Run | null)?.failure;
    assert.match(failure?.message ?? 'nothing was found', new RegExp(`^${promise}: `));
  });
}
