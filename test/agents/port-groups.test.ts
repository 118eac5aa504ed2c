import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaintText } from '../../src/agents/group-names.ts';
import { addAgents, addGroups, idsOf, range, subjects } from './fixture.ts';

for (const { name, make, skip } of subjects) {
  describe(`the port: groups of agents, over ${name}`, { concurrency: true, skip }, () => {
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
      assert.deepEqual(report.errors.map(complaintText).toSorted(), [
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
      assert.deepEqual(appended.errors, [
        { ids: [1], complaint: 'An error occurred during the set of the groups' },
      ]);
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
  });
}
