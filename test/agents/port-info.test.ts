import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AgentInfoRow, AgentStore } from '../../src/agents/store.ts';
import { addAgents, idsOf, infoOf, LONG_AGO_S, range, report, subjects } from './fixture.ts';

/** Everything that is not synced, page by page. */
async function readAll(store: AgentStore): Promise<{ rows: AgentInfoRow[]; chunks: string[] }> {
  const rows: AgentInfoRow[] = [];
  const chunks: string[] = [];
  for (let afterId = 0; ; ) {
    const page = await store.unsyncedAgentInfo(afterId);
    rows.push(...page.rows);
    chunks.push(page.chunk);
    if (page.isLast) return { rows, chunks };
    assert.ok(page.lastId > afterId);
    afterId = page.lastId;
  }
}

for (const { name, make, skip } of subjects) {
  describe(`the port: what agents are, over ${name}`, { concurrency: true, skip }, () => {
    it('reading loses nothing: rows come again until they are confirmed', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 3);
      assert.deepEqual(await store.unsyncedAgentInfo(0), {
        rows: [],
        chunk: '[]',
        tooLong: [],
        lastId: 0,
        isLast: true,
      });
      await report(store, [1, 3]);
      const first = await store.unsyncedAgentInfo(0);
      assert.deepEqual(idsOf(first.rows), [1, 3]);
      assert.deepEqual(await store.unsyncedAgentInfo(0), first);
      assert.deepEqual(idsOf((await store.unsyncedAgentInfo(1)).rows), [3]);
      assert.equal(await store.confirmAgentInfo(first.rows.slice(0, 1)), 1);
      assert.deepEqual(idsOf((await store.unsyncedAgentInfo(0)).rows), [3]);
      assert.equal(await store.confirmAgentInfo([]), 0);
    });

    it('one of which more is known than a chunk holds is named, and keeps no other from being read', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 5);
      const long = 'x'.repeat(40_000);
      for (const column of ['os_name', 'os_uname']) {
        for (const id of [2, 5])
          await store.query(`global sql update agent set ${column}='${long}' where id=${id}`);
      }
      await report(store, [1, 2, 3, 5]);
      const rows: AgentInfoRow[] = [];
      const tooLong: number[] = [];
      for (let afterId = 0, isLast = false; !isLast; ) {
        const page = await store.unsyncedAgentInfo(afterId);
        rows.push(...page.rows);
        tooLong.push(...page.tooLong);
        ({ lastId: afterId, isLast } = page);
      }
      assert.deepEqual(idsOf(rows), [1, 3]);
      assert.deepEqual(tooLong, [2, 5]);
    });

    it('what was read can be confirmed: one with too many quotes for that is named, and not told again and again', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 3);
      const quotes = "'".repeat(16_300);
      await store.query(`global sql update agent set os_name='${quotes}${quotes}' where id=2`);
      await report(store, [1, 2, 3]);
      const { rows, tooLong } = await store.unsyncedAgentInfo(0);
      assert.deepEqual([...idsOf(rows), ...tooLong].sort(), [1, 2, 3]);
      assert.deepEqual(tooLong, store.kind === 'embedded' ? [] : [2]);
      assert.equal(await store.confirmAgentInfo(rows), rows.length);
      assert.deepEqual((await store.unsyncedAgentInfo(0)).rows, []);
    });

    it('a row that changed since it was read stays unsynced, whatever changed', async () => {
      await using subject = await make();
      const { store } = subject;
      const awkward = `'; -- "x" \\ ${'ü'} \n`;
      await addAgents(store, 4);
      for (const id of range(1, 4)) {
        await store.updateAgentData({
          id,
          connectionStatus: 'active',
          groupConfigStatus: 'synced',
          syncStatus: 'syncreq',
          columns: { os_uname: awkward, version: 'v1' },
          labels: { "it's": 'one;two', b: '' },
        });
      }
      const { rows } = await store.unsyncedAgentInfo(0);
      await store.updateStatusCode({ id: 1, statusCode: 3, version: 'v1', syncStatus: 'syncreq' });
      await store.query("global sql update labels set value = 'other' where id = 2 and key = 'b'");
      await store.updateAgentName(3, 'renamed');
      assert.equal(await store.confirmAgentInfo(rows), 1);
      assert.deepEqual(idsOf((await store.unsyncedAgentInfo(0)).rows), [1, 2, 3]);
    });

    it('a chunk that was read on one node is written on another', async () => {
      await using worker = await make({ isMaster: false });
      await using master = await make();
      await addAgents(worker.store, 500);
      await addAgents(master.store, 500);
      const told = range(1, 500).map((id) =>
        infoOf(id, id % 7 === 0 ? { labels: [{ id, key: 'k', value: 'v' }] } : {}),
      );
      for (let at = 0; at < told.length; at += 50) {
        await worker.store.writeAgentInfo(JSON.stringify(told.slice(at, at + 50)));
      }
      await worker.store.query("global sql update agent set sync_status = 'syncreq' where id > 0");
      const { rows, chunks } = await readAll(worker.store);
      assert.deepEqual(idsOf(rows), range(1, 500));
      assert.ok(chunks.length > 3);
      for (const chunk of chunks) {
        assert.ok(Buffer.byteLength(chunk) < 65_024);
        const count = JSON.parse(chunk).length;
        assert.deepEqual(await master.store.writeAgentInfo(chunk), {
          updated: count,
          stale: 0,
          unknown: 0,
          wanted: [],
          errors: [],
        });
      }
      assert.equal(await worker.store.confirmAgentInfo(rows), 500);
      const dump = async (store: AgentStore) => [
        await Promise.all(range(1, 500).map((id) => store.agentInfo(id))),
        await Promise.all(range(1, 21).map((id) => store.labels(id))),
      ];
      assert.deepEqual(await dump(master.store), await dump(worker.store));
    });

    it('of two workers that report an agent, the newer keepalive wins, in either order', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 3);
      const older = infoOf(1, { node_name: 'older', last_keepalive: LONG_AGO_S });
      const newer = infoOf(1, { node_name: 'newer', last_keepalive: LONG_AGO_S + 1 });
      const written = { updated: 1, stale: 0, unknown: 0, wanted: [], errors: [] };
      assert.deepEqual(await store.writeAgentInfo(JSON.stringify([newer])), written);
      assert.deepEqual(await store.writeAgentInfo(JSON.stringify([older])), {
        ...written,
        updated: 0,
        stale: 1,
      });
      assert.equal((await store.agentInfo(1))?.node_name, 'newer');
      // The same again, as after a confirmation that was lost, harms nothing.
      assert.deepEqual(await store.writeAgentInfo(JSON.stringify([newer])), written);
      const both = [older, newer].map((agent) => store.writeAgentInfo(JSON.stringify([{ ...agent, id: 2 }])));
      await Promise.all(both);
      assert.equal((await store.agentInfo(2))?.node_name, 'newer');
      assert.deepEqual(
        [...(await store.countActiveAgents(['NEWER', 'older', "it's"]))],
        [
          ['NEWER', 2],
          ['older', 0],
          ["it's", 0],
        ],
      );
    });

    it('what was heard before the clock was set back keeps nothing out that is told since, and what is told then counts', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 1);
      const nowS = Math.floor(Date.now() / 1000);
      await store.writeAgentInfo(JSON.stringify([infoOf(1, { node_name: 'before', last_keepalive: nowS })]));
      // As it is where the clock was an hour ahead.
      await store.query(`global sql update agent set last_keepalive = ${nowS + 3_600} where id = 1`);
      const tell = async (node_name: string, last_keepalive: number) => {
        const chunk = JSON.stringify([infoOf(1, { node_name, last_keepalive })]);
        const { updated, stale } = await store.writeAgentInfo(chunk);
        const info = await store.agentInfo(1);
        return { updated, stale, node: info?.node_name, seenS: info?.last_keepalive };
      };
      const since = { updated: 1, stale: 0, node: 'since', seenS: nowS - 10 };
      assert.deepEqual(await tell('since', nowS - 10), since);
      assert.deepEqual(await tell('older', nowS - 20), { ...since, updated: 0, stale: 1 });
    });

    it('of two workers that report an agent in the same second, the one where it is connected wins over the one that it has left', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 3);
      const tell = async (id: number, node_name: string, connection_status: string) => {
        const agent = infoOf(id, { node_name, connection_status, last_keepalive: LONG_AGO_S });
        const { updated, stale } = await store.writeAgentInfo(JSON.stringify([agent]));
        const info = await store.agentInfo(id);
        return { updated, stale, node: info?.node_name, status: info?.connection_status };
      };
      await tell(1, 'left', 'active');
      const joined = { updated: 1, stale: 0, node: 'joined', status: 'active' };
      assert.deepEqual(await tell(1, 'joined', 'active'), joined);
      assert.deepEqual(await tell(1, 'left', 'disconnected'), { ...joined, updated: 0, stale: 1 });
      // The other way round, and where it has left the node that told of it last, it changes as it is told.
      await tell(2, 'left', 'disconnected');
      assert.deepEqual(await tell(2, 'joined', 'active'), joined);
      assert.deepEqual(await tell(2, 'joined', 'disconnected'), { ...joined, status: 'disconnected' });
    });

    it('the last label that is taken from an agent is taken from it everywhere', async () => {
      await using worker = await make({ isMaster: false });
      await using master = await make();
      const tell = async (labels: Readonly<Record<string, string>> | undefined) => {
        const statuses = { connectionStatus: 'active', groupConfigStatus: 'synced' } as const;
        await worker.store.updateAgentData({
          id: 1,
          ...statuses,
          syncStatus: 'syncreq',
          columns: {},
          ...(labels && { labels }),
        });
        const { chunk, rows } = await worker.store.unsyncedAgentInfo(0);
        await master.store.writeAgentInfo(chunk);
        assert.equal(await worker.store.confirmAgentInfo(rows), 1);
        return (await master.store.labels(1)).map(({ key, value }) => `${key}=${value}`);
      };
      await addAgents(worker.store, 1);
      await addAgents(master.store, 1);
      assert.deepEqual(await tell({ a: '1', b: '2' }), ['a=1', 'b=2']);
      assert.deepEqual(await tell({ b: '2' }), ['b=2']);
      assert.deepEqual(await tell(undefined), []);
    });

    it('who an agent is, no worker says: its name, its key and its groups stay', async () => {
      await using subject = await make();
      const { store } = subject;
      await store.insertAgent({ id: 1, name: "it's", internalKey: 'k', dateAddS: LONG_AGO_S });
      const before = await store.agentInfo(1);
      const said = { name: 'another', internal_key: 'x', register_ip: 'x', group: 'web', date_add: 1 };
      const { updated } = await store.writeAgentInfo(JSON.stringify([infoOf(1, said)]));
      assert.equal(updated, 1);
      const kept = ['name', 'internal_key', 'register_ip', 'group', 'date_add'] as const;
      const after = await store.agentInfo(1);
      assert.ok(before !== null && after !== null);
      assert.equal(after.version, 'Wazuh v4.7.5');
      for (const column of kept) assert.equal(after[column], before[column], column);
    });

    it('agents with long names are written too, though no answer has room for the names of all', async () => {
      await using subject = await make();
      const { store } = subject;
      const ids = range(1, 40);
      for (const id of ids)
        await store.insertAgent({ id, name: `${id}`.padEnd(4_000, 'n'), dateAddS: LONG_AGO_S });
      const { updated } = await store.writeAgentInfo(JSON.stringify(ids.map((id) => infoOf(id))));
      assert.equal(updated, ids.length);
      assert.equal((await store.agentName(40))?.length, 4_000);
    });

    it('what is wrong in a chunk keeps nothing else from being written', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 2);
      assert.match((await store.writeAgentInfo('[{"id":1')).errors[0] ?? '', /not JSON/);
      assert.match((await store.writeAgentInfo('{"id":1}')).errors[0] ?? '', /no list/);
      const before = await store.agentInfo(0);
      const report = await store.writeAgentInfo(
        JSON.stringify([
          infoOf(1, { unknown_column: 1, 'name = 1; --': 2 }),
          infoOf(99, { labels: [{ id: 99, key: 'k', value: 'v' }] }),
          infoOf(0),
          infoOf(1, { id: 'x' }),
          infoOf(2, { name: undefined }),
          infoOf(2, { connection_status: 'asleep' }),
          infoOf(2, { last_keepalive: 'now' }),
          infoOf(2, { labels: [{ key: 'k' }] }),
          null,
          'agent',
          infoOf(2, { group_config_status: 'not synced' }),
        ]),
      );
      assert.deepEqual(
        { ...report, errors: report.errors.length },
        { updated: 2, stale: 0, unknown: 1, wanted: [], errors: 8 },
      );
      assert.match(report.errors[0] ?? '', /^agent 0: /);
      assert.deepEqual(await store.agentInfo(0), before);
      assert.equal((await store.agentInfo(2))?.group_config_status, 'not synced');
    });
  });
}
