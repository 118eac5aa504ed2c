import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AgentInfoRow, AgentStore } from '../../src/agents/store.ts';
import { addAgents, addGroups, infoOf, LONG_AGO_S, report, subjects } from './fixture.ts';

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

const idsOf = (rows: readonly { id: number }[]) => rows.map(({ id }) => id);
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

for (const { name, make, skip } of subjects) {
  describe(`the port, over ${name}`, { concurrency: true, skip }, () => {
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

    it('an agent that was added in the future, by a clock that went wrong, has its groups sent like all others', async () => {
      await using subject = await make();
      const { store } = subject;
      const futureS = 4_000_000_000;
      await addAgents(store, 2);
      await store.insertAgent({ id: 3, name: 'a3', dateAddS: futureS });
      await store.insertAgent({ id: 4, name: 'a4', dateAddS: futureS });
      await addGroups(store, 'default', 'web');
      const agents = [
        { id: 1, groups: ['default'] },
        { id: 3, groups: ['web', 'default'] },
      ];
      await store.setAgentGroups({ mode: 'override', syncStatus: 'syncreq', agents });
      const hash = await store.groupsHash();
      assert.deepEqual(await store.groupsToSend({ agents: 'unsynced', withHash: true }), {
        agents,
        hash,
        lastId: 3,
        isLast: true,
      });
      const all = await store.groupsToSend({ agents: 'all', afterId: 1, withHash: true });
      assert.deepEqual(all.agents, [
        { id: 2, groups: [] },
        { id: 3, groups: ['web', 'default'] },
        { id: 4, groups: [] },
      ]);
      assert.equal(await store.confirmAgentGroups(agents), 2);
      assert.deepEqual((await store.groupsToSend({ agents: 'unsynced' })).agents, []);
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

    it('groups that are to be sent stay so until all workers have them', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 3);
      await addGroups(store, 'default', 'web');
      const agents = range(1, 3).map((id) => ({ id, groups: ['default'] }));
      assert.deepEqual(await store.setAgentGroups({ mode: 'override', syncStatus: 'syncreq', agents }), {
        updated: 1,
        errors: [],
      });
      const page = await store.groupsToSend({ agents: 'unsynced', withHash: true });
      assert.deepEqual(page, { agents, hash: await store.groupsHash(), lastId: 3, isLast: true });
      await store.setAgentGroups({
        mode: 'append',
        syncStatus: 'syncreq',
        agents: [{ id: 2, groups: ['web'] }],
      });
      assert.equal(await store.confirmAgentGroups(page.agents), 2);
      const left = await store.groupsToSend({ agents: 'unsynced' });
      assert.deepEqual(left.agents, [{ id: 2, groups: ['default', 'web'] }]);
      await store.groupsToSend({ agents: 'unsynced', setSynced: true });
      assert.deepEqual((await store.groupsToSend({ agents: 'unsynced' })).agents, []);
    });

    it('what is wrong in an assignment of groups keeps no other agent from being written', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 4);
      const many = Array.from({ length: 129 }, (_, index) => `g${index}`);
      await addGroups(store, 'default', ...many);
      const set = (id: number, groups: string[]) =>
        store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents: [{ id, groups }] });
      assert.deepEqual((await set(1, many.slice(0, 128))).errors, []);
      const report = await store.setAgentGroups({
        mode: 'override',
        syncStatus: 'synced',
        agents: [
          { id: 1, groups: many },
          { id: 99, groups: ['default'] },
          { id: 2, groups: ['nowhere', 'default'] },
          { id: 3, groups: ['../../etc'] },
          { id: 4, groups: ['default'] },
        ],
      });
      assert.equal(report.updated, 0);
      assert.deepEqual(report.errors.toSorted(), [
        'agent 1: 129 groups, an agent may have 128',
        'agent 2: there is no group nowhere',
        'agent 3: "../../etc" is no name of a group',
        'agent 99: there is no such agent',
      ]);
      assert.equal((await store.groupsOfAgent(1)).length, 128);
      assert.deepEqual(await store.groupsOfAgent(2), ['default']);
      assert.deepEqual(await store.groupsOfAgent(3), []);
      assert.deepEqual(await store.groupsOfAgent(4), ['default']);
      const appended = await store.setAgentGroups({
        mode: 'append',
        syncStatus: 'synced',
        agents: [{ id: 1, groups: ['default'] }],
      });
      assert.deepEqual(appended.errors, ['agent 1: An error occurred during the set of the groups']);
      assert.equal((await store.groupsOfAgent(1)).length, 128);
    });

    it('a chunk of agent-groups is written as far as it can be, and makes the groups that it names', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 4);
      await addGroups(store, 'default', 'old');
      const agents = range(1, 4).map((id) => ({ id, groups: ['old'] }));
      await store.setAgentGroups({ mode: 'override', syncStatus: 'syncreq', agents });
      const data = [
        { id: 1, groups: ['new', 'default'] },
        { id: 2, groups: ['new', 'default'] },
        { id: 3, groups: ['no group'] },
        { id: '4', groups: [] },
        { id: 99, groups: ['new', 'default'] },
      ];
      const hash = 'f'.repeat(40);
      const written = await store.writeAgentGroups(JSON.stringify([{ data, hash }]));
      assert.deepEqual(
        { ...written, errors: written.errors.toSorted() },
        {
          errors: [
            'agent 3: "no group" is no name of a group',
            'agent 99: there is no such agent',
            'element 3 is no agent with groups',
          ],
          wasUnderstood: false,
          hash,
        },
      );
      const groups = await Promise.all(range(1, 4).map((id) => store.groupsOfAgent(id)));
      assert.deepEqual(groups, [['new', 'default'], ['new', 'default'], ['old'], ['old']]);
      assert.deepEqual((await store.groups()).sort(), ['default', 'new', 'old']);
      assert.deepEqual(idsOf((await store.groupsToSend({ agents: 'unsynced' })).agents), [3, 4]);
      assert.deepEqual(await store.writeAgentGroups('[{"data":[]}]'), {
        errors: [],
        wasUnderstood: true,
        hash: undefined,
      });
    });

    it('each mode of assigning groups does what it says', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 1);
      await addGroups(store, 'default', 'a', 'b', 'c');
      const set = async (mode: 'override' | 'append' | 'empty_only' | 'remove', ...groups: string[]) => {
        const order = { mode, syncStatus: 'synced', agents: [{ id: 1, groups }] } as const;
        assert.deepEqual((await store.setAgentGroups(order)).errors, []);
        return (await store.groupsOfAgent(1)).join();
      };
      assert.equal(await set('empty_only', 'a'), 'a');
      assert.equal(await set('empty_only', 'b'), 'a');
      assert.equal(await set('append', 'b', 'c'), 'a,b,c');
      assert.equal(await set('append', 'a'), 'b,c,a');
      assert.equal(await set('override', 'c', 'a'), 'c,a');
      assert.equal(await set('override', 'b', 'b'), 'b');
      assert.equal(await set('remove', 'b'), 'default');
      assert.equal(await set('override'), '');
      assert.equal((await store.agentInfo(1))?.group_hash, undefined);
    });

    it('lists of thousands come in pages, whole', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 12_000);
      await addGroups(store, 'default');
      assert.deepEqual(await store.allAgents(), range(1, 12_000));
      const agents = range(1, 12_000).map((id) => ({ id, groups: ['default'] }));
      // The original tells members in the order in which they became such.
      const report = await store.setAgentGroups({
        mode: 'override',
        syncStatus: 'synced',
        agents: agents.toReversed(),
      });
      assert.deepEqual(report.errors, []);
      assert.ok(report.updated > 3);
      assert.deepEqual(await store.agentsOfGroup('default'), range(1, 12_000));
      assert.deepEqual(await store.agentsByConnectionStatus('never_connected'), range(1, 12_000));
      const read: number[] = [];
      const hashes: number[] = [];
      const listed: number[] = [];
      for (let afterId = 0, isLast = false; !isLast; ) {
        const page = await store.groupsToSend({ agents: 'all', afterId, withHash: true });
        read.push(...idsOf(page.agents));
        assert.equal(page.hash !== undefined, page.isLast);
        ({ lastId: afterId, isLast } = page);
      }
      for (let afterId = 0, isLast = false; !isLast; ) {
        const page = await store.groupHashes(afterId);
        hashes.push(...idsOf(page.agents));
        assert.ok(page.agents.every(({ hash }) => hash === '37a8eec1'));
        ({ lastId: afterId, isLast } = page);
      }
      for (let afterId = 0, isLast = false; !isLast; ) {
        const page = await store.listAgents(afterId);
        listed.push(...idsOf(page.agents));
        ({ lastId: afterId, isLast } = page);
      }
      assert.deepEqual(read, range(1, 12_000));
      assert.deepEqual(hashes, range(1, 12_000));
      assert.deepEqual(listed, range(1, 12_000));
    });

    it('lists all groups, however long their names are together', async () => {
      await using subject = await make();
      const { store } = subject;
      const names = range(1, 400).map((number) => `g${number}`.padEnd(200, 'x'));
      await addGroups(store, ...names);
      assert.deepEqual(await store.groups(), names);
    });

    it('lists every agent, however much is known of one of them', async () => {
      await using subject = await make();
      const { store } = subject;
      await addAgents(store, 3);
      for (const column of ['os_name', 'version']) {
        await store.query(`global sql update agent set ${column}='${'x'.repeat(60_000)}' where id=2`);
      }
      const { agents, isLast } = await store.listAgents(0);
      assert.deepEqual([idsOf(agents), isLast], [[1, 2, 3], true]);
      assert.match(agents[1]?.osName ?? '', /^x+$/);
    });

    it('tells agents one by one', async () => {
      await using subject = await make();
      const { store } = subject;
      await store.insertAgent({
        id: 5,
        name: 'a5',
        ip: '10.0.0.5',
        registerIp: 'any',
        internalKey: 'k',
        dateAddS: LONG_AGO_S,
      });
      await assert.rejects(store.insertAgent({ id: 5, name: 'b', dateAddS: 1 }), { code: 2003 });
      assert.equal(await store.findAgent('a5', 'any'), 5);
      assert.equal(await store.findAgent('a5', 'x'), null);
      assert.equal(await store.agentName(5), 'a5');
      assert.equal(await store.agentName(6), null);
      assert.equal((await store.agentInfo(5))?.internal_key, 'k');
      assert.equal(await store.agentInfo(6), null);
      await store.updateConnectionStatus({
        id: 5,
        connectionStatus: 'pending',
        syncStatus: 'synced',
        statusCode: 0,
      });
      const { agents } = await store.listAgents(0);
      assert.deepEqual(agents, [
        {
          id: 5,
          name: 'a5',
          ip: '10.0.0.5',
          version: null,
          osName: null,
          nodeName: 'unknown',
          groups: [],
          connectionStatus: 'pending',
          syncStatus: 'synced',
          lastKeepaliveS: null,
        },
      ]);
      await store.resetAgentsConnection('syncreq');
      assert.deepEqual(await store.agentsByConnectionStatus('disconnected'), [5]);
      assert.deepEqual(await store.disconnectAgents(LONG_AGO_S, 'synced'), []);
      await store.deleteAgent(5);
      assert.deepEqual(await store.allAgents(-1), [0]);
      assert.equal(await store.findGroup('none'), null);
      assert.deepEqual(await store.groups(), []);
      await assert.rejects(
        store.updateAgentData({
          id: 5,
          connectionStatus: 'active',
          groupConfigStatus: 'synced',
          syncStatus: 'synced',
          columns: {},
          labels: { 'a:b': 'c' },
        }),
        { code: 3201 },
      );
    });

    it('takes no request that a wazuh-db would not survive', async () => {
      await using subject = await make();
      const { store } = subject;
      const request = (bytes: number) => 'global find-group '.padEnd(bytes, 'x');
      assert.equal((await store.query(request(65_536))).status, 'ok');
      await assert.rejects(store.query(request(65_537)), { code: 3201 });
      await assert.rejects(store.query(`global find-group ${'ü'.repeat(32_768)}`), { code: 3201 });
      await assert.rejects(store.query('global find-group a\0b'), { code: 3201 });
    });

    it('after it is closed, everything is refused', async () => {
      await using subject = await make();
      await subject.store.close();
      await assert.rejects(subject.store.groups(), { code: 3125 });
      await assert.rejects(subject.store.unsyncedAgentInfo(0), { code: 3125 });
      await subject.store.close();
    });
  });
}
