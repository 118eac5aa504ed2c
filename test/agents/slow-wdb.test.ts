import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { AgentDatabase } from '../../src/agents/embedded/database.ts';
import { execute } from '../../src/agents/embedded/execute.ts';
import { MAX_WAITING_WRITES } from '../../src/agents/limits.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import { encodeFrame } from '../../src/transport/length-frame.ts';
import { waitFor } from '../harness/wait-for.ts';
import { FakeWdb } from './fake-wdb.ts';
import { addAgents, addGroups, infoOf, StoreHome } from './fixture.ts';

const CHUNK = JSON.stringify([infoOf(1)]);
const answer = (socket: Socket, text: string) => socket.write(encodeFrame(text, 0xffff_ffff));

describe('what workers tell a wazuh-db that is slow', { concurrency: true }, () => {
  it('is not written when nobody wants it any more: it leaves the row at once', async () => {
    await using fake = await FakeWdb.start(() => {});
    const store = new WdbStore({ socket: fake.home.socket, timeoutMs: 60_000 });
    const end = new AbortController();
    const first = store.writeAgentInfo(CHUNK).catch(({ code }) => code);
    const others = Array.from({ length: 20 }, () => store.writeAgentInfo(CHUNK, { signal: end.signal }));
    await waitFor('the first question', () => fake.requests.length > 0);
    end.abort();
    for (const outcome of await Promise.allSettled(others))
      assert.equal((outcome as PromiseRejectedResult).reason.code, 3120);
    assert.equal(fake.requests.length, 1);
    await store.close();
    assert.equal(await first, 3125);
  });

  it('stops between two requests when nobody wants it any more', async () => {
    let socket: Socket | null = null;
    await using fake = await FakeWdb.start((from) => {
      socket = from;
    });
    const store = new WdbStore({ socket: fake.home.socket, timeoutMs: 60_000 });
    const end = new AbortController();
    const writing = store.writeAgentInfo(CHUNK, { signal: end.signal });
    const asked = await waitFor('the question who is newer', () => socket);
    end.abort();
    answer(asked, 'ok [{"id":1,"name":"a1","node":"","seen":0}]');
    await assert.rejects(writing, { code: 3120 });
    assert.equal(fake.requests.length, 1);
    await store.close();
  });

  it('waits in a row of bounded length: further writes are refused with 3110', async () => {
    await using fake = await FakeWdb.start(() => {});
    const store = new WdbStore({ socket: fake.home.socket, timeoutMs: 60_000 });
    const refused: number[] = [];
    const writes = Array.from({ length: MAX_WAITING_WRITES + 5 }, () =>
      store.writeAgentInfo(CHUNK).catch(({ code }) => refused.push(code)),
    );
    await waitFor('refusals', () => refused.length > 0);
    assert.deepEqual(refused, [3110, 3110, 3110, 3110]);
    await store.close();
    await Promise.all(writes);
  });
});

/** Leaves out agents that were added in the future, as the original does. */
async function originalLike(home: StoreHome): Promise<FakeWdb & { database: AgentDatabase }> {
  const database = new AgentDatabase({ file: home.database, home: home.path, isMaster: true });
  const fake = await FakeWdb.start((socket, request) => {
    const [text = ''] = execute(database, [request]);
    if (!request.startsWith('global sync-agent-groups-get')) return answer(socket, text);
    const [status = ''] = text.split(' ', 1);
    const [content] = JSON.parse(text.slice(status.length + 1));
    const isPast = ({ id }: { id: number }) =>
      Number(database.get('SELECT date_add FROM agent WHERE id = ?', id)?.date_add) < database.nowS;
    return answer(socket, `${status} ${JSON.stringify([{ ...content, data: content.data.filter(isPast) }])}`);
  }, home);
  return Object.assign(fake, { database });
}

describe('groups in a wazuh-db that leaves out whoever was added in the future', () => {
  it('are sent all the same, in the order of ids, page by page', async () => {
    using home = new StoreHome();
    const fake = await originalLike(home);
    const store = new WdbStore({ socket: home.socket });
    const long = Array.from({ length: 8 }, (_, index) => `${index}`.padEnd(200, 'g'));
    await addGroups(store, ...long);
    await addAgents(store, 400);
    // Two of three; answers have room for some forty agents each.
    await store.query('global sql update agent set date_add=4000000000 where id%3>0');
    const agents = Array.from({ length: 400 }, (_, index) => ({ id: index + 1, groups: long }));
    await store.setAgentGroups({ mode: 'override', syncStatus: 'syncreq', agents });
    for (const which of ['all', 'unsynced'] as const) {
      const read: unknown[] = [];
      let hash: string | null | undefined;
      for (let afterId = 0, isLast = false; !isLast; ) {
        const page = await store.groupsToSend({ agents: which, afterId, withHash: true });
        read.push(...page.agents);
        assert.ok(page.isLast || page.lastId > afterId);
        ({ lastId: afterId, isLast, hash } = page);
      }
      assert.deepEqual(read, agents);
      assert.equal(hash, await store.groupsHash());
    }
    assert.equal(await store.confirmAgentGroups(agents), 400);
    assert.deepEqual((await store.groupsToSend({ agents: 'unsynced' })).agents, []);
    await store.close();
    await fake.stop();
    fake.database.close();
  });
});
