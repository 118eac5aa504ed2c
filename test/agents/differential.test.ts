import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addAgents, addGroups, embeddedSubject, originalSubject, type Subject, textOf } from './fixture.ts';
import { anyRequest, KEPT_GROUP, KEPT_IDS } from './requests.ts';
import { whyNoOriginal } from './wazuh-db.ts';

const RUNS = 200;
const MAX_REQUESTS = 40;
const SEED = Number(process.env.MUSTER_SEED ?? 1);

/** Everything that a store holds. */
const CONTENTS = [
  'select * from agent where id > 0',
  'select * from labels order by id, key',
  'select * from `group`',
  'select * from belongs order by id_agent, priority',
];
/** Puts it back to where it began. */
const RESET = ['delete from agent where id > 0', 'delete from `group`', 'delete from sqlite_sequence'];
/** Times of the present, which the two do not take in the same moment. */
const NOW = /"(date_add|last_keepalive|disconnection_time)":1(?!70000000[01]\b)\d{9}\b/g;

const answerOf = async ({ store }: Subject, request: string) =>
  textOf(await store.query(request)).replace(NOW, '"$1":"now"');

async function contentsOf(subject: Subject): Promise<string[]> {
  const contents: string[] = [];
  for (const statement of CONTENTS) contents.push(await answerOf(subject, `global sql ${statement}`));
  return contents;
}

async function reset(subject: Subject): Promise<void> {
  const { store } = subject;
  for (const statement of RESET) await store.query(`global sql ${statement}`);
  await store.query('global sync-agent-info-get last_id 0'); // its place is one for all
  await store.recalculateGroupHashes(); // the original remembers the hash over all
  await store.updateConnectionStatus({
    id: 0,
    connectionStatus: 'active',
    syncStatus: 'synced',
    statusCode: 0,
  });
  await addGroups(store, KEPT_GROUP);
  await addAgents(store, KEPT_IDS.length);
}

describe('the embedded store and the original', { skip: whyNoOriginal }, () => {
  it('answer the same and hold the same afterwards, whatever is asked', async () => {
    await using embedded = await embeddedSubject();
    await using original = await originalSubject();
    const runs = fc.asyncProperty(
      fc.array(anyRequest, { maxLength: MAX_REQUESTS, size: 'max' }),
      async (requests) => {
        await Promise.all([reset(embedded), reset(original)]);
        for (const request of requests) {
          assert.equal(await answerOf(embedded, request), await answerOf(original, request), request);
          assert.deepEqual(await contentsOf(embedded), await contentsOf(original), request);
        }
      },
    );
    await fc.assert(runs, { numRuns: RUNS, seed: SEED });
  });
});
