import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentGroupHash, globalGroupHash } from '../../src/agents/embedded/hashes.ts';
import { addAgents, addGroups, subjects, textOf } from './fixture.ts';

const ONE_IN_DEFAULT = 'aac8edbccfab5ea7eee53016af08b756a44dc399';
const TWO = '23bb1d54a4c5340dc7e8c0cb4f696b5b420a3262';

describe('hashes of groups', () => {
  for (const [csv, hash] of [
    ['default', '37a8eec1'],
    ['web', '4b5e57f6'],
    ['default,web', '5288d400'],
  ] as const) {
    it(`of an agent in ${csv} are those of the original`, () => assert.equal(agentGroupHash(csv), hash));
  }

  it('over all agents are those of the original', () => {
    assert.equal(globalGroupHash('37a8eec1'), ONE_IN_DEFAULT);
    assert.equal(globalGroupHash('37a8eec15288d400'), TWO);
    assert.equal(globalGroupHash(''), null);
  });

  for (const { name, make, skip } of subjects) {
    it(`are computed anew with every change, over ${name}`, { skip }, async () => {
      await using subject = await make();
      const { store } = subject;
      const set = (id: number, ...groups: string[]) =>
        store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents: [{ id, groups }] });
      await addGroups(store, 'default', 'web');
      assert.equal(await store.groupsHash(), null);
      await addAgents(store, 2);
      assert.equal(await store.groupsHash(), null);
      await set(1, 'default');
      assert.equal(await store.groupsHash(), ONE_IN_DEFAULT);
      await set(2, 'default', 'web');
      assert.equal(await store.groupsHash(), TWO);
      await store.deleteAgent(2);
      assert.equal(await store.groupsHash(), ONE_IN_DEFAULT);
      await addAgents(store, 1, 2);
      await set(2, 'default', 'web');
      await store.query("global sql update agent set group_hash = 'deadbeef' where id = 2");
      assert.notEqual(await store.groupsHash(), TWO);
      await store.recalculateGroupHashes();
      assert.equal(await store.groupsHash(), TWO);
      const { agents } = await store.groupHashes(0);
      assert.deepEqual(agents, [
        { id: 1, hash: '37a8eec1' },
        { id: 2, hash: '5288d400' },
      ]);
    });

    it(`and whether they agree is told, over ${name}`, { skip }, async () => {
      await using subject = await make();
      const { store } = subject;
      const ask = async (hash: string) => textOf(await store.query(`global get-groups-integrity ${hash}`));
      await addGroups(store, 'default');
      await addAgents(store, 1);
      const agents = [{ id: 1, groups: ['default'] }];
      await store.setAgentGroups({ mode: 'override', syncStatus: 'syncreq', agents });
      assert.equal(await ask(ONE_IN_DEFAULT), 'ok ["syncreq"]');
      assert.equal(await store.confirmAgentGroups(agents), 1);
      assert.equal(await ask(ONE_IN_DEFAULT), 'ok ["synced"]');
      assert.equal(await ask(TWO), 'ok ["hash_mismatch"]');
      assert.equal(
        await ask('abc'),
        'err Hash hex-digest does not have the expected length. Expected (40) got (3)',
      );
    });
  }
});
