import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addAgents, addGroups, idsOf, LONG_AGO_S, range, subjects } from './fixture.ts';

for (const { name, make, skip } of subjects) {
  describe(`the port, over ${name}`, { concurrency: true, skip }, () => {
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
