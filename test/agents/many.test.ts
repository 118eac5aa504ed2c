import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { agentGroupHash, globalGroupHash } from '../../src/agents/embedded/hashes.ts';
import type { AgentGroups, AgentInfoRow } from '../../src/agents/store.ts';
import { addAgents, addGroups, infoOf, originalSubject } from './fixture.ts';
import { whyNoOriginal } from './wazuh-db.ts';

const AGENTS = 50_000;
/** Agents that are asked for at a time, or told in one chunk. */
const INSERTED_AT_ONCE = 5_000;
const TOLD_AT_ONCE = 130;

interface Page {
  readonly lastId: number;
  readonly isLast: boolean;
}

/** Reads page after page; resolves to their number. */
async function readAll<P extends Page>(
  read: (afterId: number) => Promise<P>,
  take: (page: P) => void,
): Promise<number> {
  let pages = 0;
  for (let afterId = 0, isLast = false; !isLast; pages += 1) {
    const page = await read(afterId);
    take(page);
    ({ lastId: afterId, isLast } = page);
  }
  return pages;
}

const groupsOf = (id: number) => {
  if (id % 3 === 0) return ['default', 'web'];
  return id % 5 === 0 ? ['db', 'default'] : ['default'];
};
const toldOf = (id: number) => infoOf(id, id % 7 === 0 ? { labels: [{ id, key: 'k', value: 'v' }] } : {});

it('of fifty thousand agents in the original none is lost on the way, and it computes the hash that we compute', {
  skip: whyNoOriginal,
}, async (t) => {
  await using subject = await originalSubject();
  const { store } = subject;
  const timed = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
    const startMs = performance.now();
    const result = await run();
    t.diagnostic(`${what}: ${((performance.now() - startMs) / 1000).toFixed(2)} s`);
    return result;
  };
  const ids = Array.from({ length: AGENTS }, (_, index) => index + 1);
  await addGroups(store, 'default', 'web', 'db');
  await timed('agents are inserted', async () => {
    for (let at = 0; at < AGENTS; at += INSERTED_AT_ONCE) await addAgents(store, INSERTED_AT_ONCE, at + 1);
  });

  const agents = ids.map((id) => ({ id, groups: groupsOf(id) }));
  const order = { mode: 'override', syncStatus: 'syncreq', agents: agents.toReversed() } as const;
  const assigned = await timed('groups are assigned', () => store.setAgentGroups(order));
  assert.deepEqual(assigned.errors, []);
  const hash = globalGroupHash(agents.map(({ groups }) => agentGroupHash(groups.join(','))).join(''));
  assert.equal(await timed('hash over all groups', () => store.groupsHash()), hash);
  const toSend: AgentGroups[] = [];
  await timed('groups are read', () =>
    readAll(
      (afterId) => store.groupsToSend({ agents: 'unsynced', afterId, withHash: true }),
      (page) => {
        toSend.push(...page.agents);
        assert.equal(page.hash, page.isLast ? hash : undefined);
      },
    ),
  );
  assert.deepEqual(toSend, agents);
  assert.equal(await timed('groups are confirmed', () => store.confirmAgentGroups(agents)), AGENTS);
  assert.deepEqual((await store.groupsToSend({ agents: 'unsynced' })).agents, []);
  assert.deepEqual(await timed('members are listed', () => store.agentsOfGroup('default')), ids);

  await timed('information is written', async () => {
    for (let at = 0; at < AGENTS; at += TOLD_AT_ONCE) {
      const told = ids.slice(at, at + TOLD_AT_ONCE).map(toldOf);
      assert.equal((await store.writeAgentInfo(JSON.stringify(told))).updated, told.length);
    }
  });
  await store.query("global sql update agent set sync_status = 'syncreq' where id > 0");
  const rows: AgentInfoRow[] = [];
  await timed('information is read', () =>
    readAll(
      (afterId) => store.unsyncedAgentInfo(afterId),
      (page) => rows.push(...page.rows),
    ),
  );
  // That there are no labels is told too.
  const read = ids.map((id) => ({ labels: [], ...toldOf(id) }));
  const wrong = rows.findIndex(({ text }, index) => !isDeepStrictEqual(JSON.parse(text), read[index]));
  assert.deepEqual([rows.length, wrong], [AGENTS, -1], rows[wrong]?.text);
  assert.equal(await timed('information is confirmed', () => store.confirmAgentInfo(rows)), AGENTS);
  assert.deepEqual((await store.unsyncedAgentInfo(0)).rows, []);
  assert.equal((await store.countActiveAgents(['worker1'])).get('worker1'), AGENTS);
});
