import assert from 'node:assert/strict';
import { it } from 'node:test';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import { waitFor } from '../harness/wait-for.ts';
import { addAgents, addGroups, StoreHome } from './fixture.ts';

const LOOK_MS = 20;
const open = (home: StoreHome) => EmbeddedStore.open({ home: home.path, isMaster: false, isServed: true });
const assign = (store: EmbeddedStore, group: string) =>
  store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents: [{ id: 1, groups: [group] }] });

it('a client of a wazuh-db hears of groups that changed, whoever changed them, and of a store that was away', async () => {
  using home = new StoreHome();
  let served = await open(home);
  await addAgents(served, 1);
  await addGroups(served, 'a', 'b');
  await assign(served, 'a');
  const client = new WdbStore({ socket: home.socket, groupsLookMs: LOOK_MS });
  let notices = 0;
  let looks = 0;
  const groupsHash = client.groupsHash.bind(client);
  client.groupsHash = async () => {
    const hash = await groupsHash().finally(() => {
      looks += 1;
    });
    return hash;
  };
  const looked = async (more: number) => {
    const from = looks;
    await waitFor('more looks', () => looks >= from + more);
  };
  client.onGroupsChanged(() => {
    notices += 1;
  });
  await looked(3);
  assert.equal(notices, 0, 'nothing has changed');
  await assign(served, 'b');
  await waitFor('the notice', () => notices === 1);
  await looked(3);
  assert.equal(notices, 1);
  await served.close();
  await looked(2);
  assert.equal(notices, 1, 'nobody knows');
  served = await open(home);
  await waitFor('the notice of its return', () => notices === 2);
  await client.close();
  const atTheEnd = looks;
  await served.close();
  assert.ok(looks <= atTheEnd + 1, 'a client that is closed looks no more');
});
