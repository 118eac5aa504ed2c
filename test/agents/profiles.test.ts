import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { INFO_COLUMNS } from '../../src/agents/columns.ts';
import { globalCommands } from '../../src/agents/embedded/commands/table.ts';
import { KnownProfiles } from '../../src/agents/embedded/known-profiles.ts';
import { MAX_KNOWN_PROFILES, MAX_PROFILED_CHARS } from '../../src/agents/limits.ts';
import type { AgentStore, ProfilesRead } from '../../src/agents/store.ts';
import {
  addAgents,
  addGroups,
  clientSubject,
  embeddedSubject,
  infoOf,
  LONG_AGO_S,
  report,
} from './fixture.ts';

const ID = 1;
const KEY = { id: ID, key: 'k', value: 'v' };
const LATER_S = LONG_AGO_S + 10;
/** Taken for now. */
const FUTURE_S = 4_000_000_000;
const statuses = { connectionStatus: 'active', groupConfigStatus: 'synced', syncStatus: 'syncreq' } as const;
const json = (value: unknown) => JSON.stringify(value);

/** What travels of an agent, as a store has it. */
async function infoIn(store: AgentStore, id = ID) {
  const info = await store.agentInfo(id);
  return [INFO_COLUMNS.map((column) => info?.[column]), await store.labels(id)];
}

/** A worker and its master, which know agent 1. */
async function nodes() {
  const worker = await embeddedSubject({ isMaster: false });
  const master = await embeddedSubject();
  for (const { store } of [worker, master]) await addAgents(store, 3);
  return {
    worker: worker.store,
    master: master.store,
    masterHome: master.home,
    /** One round, as far as the stores are concerned. */
    round: async (profiles: ProfilesRead) => {
      const { rows, chunk } = await worker.store.unsyncedAgentInfo(0, profiles);
      const written = await master.store.writeAgentInfo(chunk);
      assert.deepEqual(written.errors, []);
      await worker.store.confirmAgentInfo(rows, written.wanted);
      return { told: JSON.parse(chunk) as Record<string, unknown>[], ...written };
    },
    [Symbol.asyncDispose]: async () => {
      await worker[Symbol.asyncDispose]();
      await master[Symbol.asyncDispose]();
    },
  };
}

const data = (version: string) => ({
  id: ID,
  ...statuses,
  columns: { os_name: 'Ubuntu', version, node_name: 'worker1' },
  labels: { k: 'v' },
});

/** A chunk of one keepalive alone. */
const alone = (profile: string, more: object = {}) =>
  json([
    {
      id: ID,
      profile,
      last_keepalive: LATER_S,
      connection_status: 'active',
      group_config_status: 'synced',
      ...more,
    },
  ]);

/** A master's store that was told agent 1 with the profile `p`. */
async function told() {
  const subject = await embeddedSubject();
  await addAgents(subject.store, 2);
  await addGroups(subject.store, 'default', 'web');
  await subject.store.setAgentGroups({
    mode: 'override',
    syncStatus: 'syncreq',
    agents: [{ id: ID, groups: ['web'] }],
  });
  await subject.store.writeAgentInfo(json([infoOf(ID, { profile: 'p', labels: [KEY] })]));
  return subject;
}

/** What other programs ask that may change what a node has told of agent 1. */
const CHANGING: Readonly<Record<string, string>> = {
  'update-agent-data': `update-agent-data ${json({ id: ID, connection_status: 'active', group_config_status: 'synced', version: 'v9' })}`,
  'update-status-code': `update-status-code ${json({ id: ID, status_code: 1, version: 'v9', sync_status: 'synced' })}`,
  'sync-agent-info-set': `sync-agent-info-set ${json([infoOf(ID, { version: 'v9', last_keepalive: LONG_AGO_S })])}`,
  sql: `sql update agent set version = 'v9' where id = ${ID}`,
  'sql on labels': `sql delete from labels where id = ${ID}`,
};

/** And what leaves it as it is. */
const HARMLESS: Readonly<Record<string, string>> = {
  'update-agent-name': `update-agent-name ${json({ id: ID, name: 'other' })}`,
  'update-keepalive': `update-keepalive ${json({ id: 2, connection_status: 'active', sync_status: 'synced' })}`,
  'update-connection-status': `update-connection-status ${json({ id: ID, connection_status: 'disconnected', sync_status: 'synced', status_code: 3 })}`,
  'reset-agents-connection': 'reset-agents-connection synced',
  'disconnect-agents': `disconnect-agents 0 ${LATER_S} synced`,
  'insert-agent': `insert-agent ${json({ id: 77, name: 'a77', date_add: LONG_AGO_S })}`,
  'set-agent-groups': `set-agent-groups ${json({ mode: 'append', data: [{ id: ID, groups: ['default'] }] })}`,
  'sync-agent-groups-get': `sync-agent-groups-get ${json({ condition: 'all', set_synced: true })}`,
  'recalculate-agent-group-hashes': 'recalculate-agent-group-hashes',
  'insert-agent-group': 'insert-agent-group db',
  'delete-group': 'delete-group web',
  'sync-agent-info-get': 'sync-agent-info-get last_id 0',
};

describe('the profile of an agent', () => {
  it('that the master has is not told again: the keepalive goes alone, and both have the same row', async () => {
    await using pair = await nodes();
    await pair.worker.updateAgentData(data('v1'));
    const first = await pair.round('anew');
    assert.equal(first.told[0]?.os_name, 'Ubuntu');
    assert.deepEqual(await infoIn(pair.master), await infoIn(pair.worker));
    await pair.worker.updateConnectionStatus({ ...statuses, id: ID, statusCode: 3 });
    const second = await pair.round('known');
    assert.deepEqual(Object.keys(second.told[0] ?? {}), [
      'id',
      'profile',
      'last_keepalive',
      'connection_status',
      'disconnection_time',
      'group_config_status',
      'status_code',
    ]);
    assert.equal(second.updated, 1);
    assert.deepEqual(await infoIn(pair.master), await infoIn(pair.worker));
    assert.deepEqual((await pair.worker.unsyncedAgentInfo(0)).rows, []);
  });

  it('is known whatever a keepalive says of the agent, and whatever it said before', async () => {
    await using pair = await nodes();
    await pair.worker.updateAgentData(data('v1'));
    await pair.round('anew');
    const usual = { ...statuses, id: ID, statusCode: 0 };
    for (const change of [
      usual,
      { ...usual, statusCode: 2 },
      { ...usual, connectionStatus: 'disconnected' },
    ]) {
      for (const back of [change, usual]) {
        await pair.worker.updateConnectionStatus(back as typeof usual);
        const { told, updated } = await pair.round('known');
        assert.deepEqual([told[0]?.name, updated], [undefined, 1]);
        assert.deepEqual(await infoIn(pair.master), await infoIn(pair.worker));
        assert.equal((await pair.master.agentInfo(ID))?.sync_status, 'synced');
      }
    }
  });

  it('that has changed is told, and so are all to another master', async () => {
    await using pair = await nodes();
    await pair.worker.updateAgentData(data('v1'));
    await pair.round('anew');
    await pair.worker.updateAgentData(data('v2'));
    assert.equal((await pair.round('known')).told[0]?.version, 'v2');
    await report(pair.worker, [ID]);
    assert.equal((await pair.round('none')).told[0]?.profile, undefined);
    await report(pair.worker, [ID]);
    assert.equal((await pair.round('anew')).told[0]?.version, 'v2');
    assert.deepEqual(await infoIn(pair.master), await infoIn(pair.worker));
  });

  it('that the master does not have is wanted, and comes with the next round', async () => {
    await using pair = await nodes();
    await pair.worker.updateAgentData(data('v1'));
    await pair.round('anew');
    await pair.master.query(`global sql update agent set version = 'v9' where id = ${ID}`);
    await report(pair.worker, [ID]);
    assert.deepEqual((await pair.round('known')).wanted, [ID]);
    assert.equal((await pair.master.agentInfo(ID))?.version, 'v9', 'nothing of it was written');
    const next = await pair.round('known');
    assert.deepEqual([next.updated, next.told[0]?.version], [1, 'v1']);
    assert.deepEqual(await infoIn(pair.master), await infoIn(pair.worker));
  });

  it('of all agents is wanted if the master says no more than that', async () => {
    await using pair = await nodes();
    await pair.worker.updateAgentData(data('v1'));
    await pair.round('anew');
    await report(pair.worker, [ID, 2]);
    const { rows } = await pair.worker.unsyncedAgentInfo(0, 'known');
    assert.equal(await pair.worker.confirmAgentInfo(rows, null), 0);
    const { told } = await pair.round('known');
    assert.deepEqual(
      told.map(({ name }) => name),
      ['a1', 'a2'],
    );
  });

  for (const [what, request] of Object.entries(CHANGING)) {
    it(`is not taken for known any more after ${what} of another program`, async () => {
      await using subject = await told();
      assert.match((await subject.store.query(`global ${request}`)).status, /ok/);
      const before = await infoIn(subject.store);
      const { wanted } = await subject.store.writeAgentInfo(alone('p', { last_keepalive: FUTURE_S }));
      assert.deepEqual(wanted, [ID]);
      assert.deepEqual(await infoIn(subject.store), before);
    });
  }

  for (const [what, request] of Object.entries(HARMLESS)) {
    it(`is still known after ${what}`, async () => {
      await using subject = await told();
      assert.match((await subject.store.query(`global ${request}`)).status, /ok|due/);
      const written = await subject.store.writeAgentInfo(alone('p'));
      assert.deepEqual([written.updated, written.wanted], [1, []]);
      assert.equal((await subject.store.agentInfo(ID))?.last_keepalive, LATER_S);
      assert.equal((await subject.store.agentInfo(ID))?.version, 'Wazuh v4.7.5');
    });
  }

  it('is looked at after every command that writes', () => {
    const writing = Object.entries(globalCommands).filter(([, { access }]) => access === 'write');
    const known = [...Object.keys(CHANGING), ...Object.keys(HARMLESS), 'delete-agent'];
    assert.deepEqual(
      writing.map(([name]) => name).filter((name) => !known.includes(name)),
      [],
    );
  });

  it('goes with the agent: one that comes anew under its id has another', async () => {
    await using subject = await told();
    await subject.store.deleteAgent(ID);
    assert.equal((await subject.store.writeAgentInfo(alone('p'))).unknown, 1);
    await addAgents(subject.store, 1);
    assert.deepEqual((await subject.store.writeAgentInfo(alone('p'))).wanted, [ID]);
  });

  it('is not taken for known after another process has written to the file', async () => {
    await using subject = await told();
    const other = new DatabaseSync(subject.home.database);
    other.exec(`UPDATE agent SET version = 'v9' WHERE id = ${ID}`);
    other.close();
    assert.deepEqual((await subject.store.writeAgentInfo(alone('p'))).wanted, [ID]);
    assert.equal((await subject.store.agentInfo(ID))?.version, 'v9');
  });

  it('is that of the node that told the agent last, and an older keepalive is stale, known or not', async () => {
    await using subject = await told();
    const { store } = subject;
    const stale = await store.writeAgentInfo(alone('p', { last_keepalive: LONG_AGO_S - 1 }));
    assert.deepEqual([stale.stale, stale.wanted], [1, []]);
    await store.writeAgentInfo(json([infoOf(ID, { profile: 'q', node_name: 'other' })]));
    assert.deepEqual((await store.writeAgentInfo(alone('p'))).wanted, [ID]);
    const older = await store.writeAgentInfo(alone('p', { last_keepalive: LONG_AGO_S - 1 }));
    assert.deepEqual([older.stale, older.wanted], [1, []]);
    assert.equal((await store.writeAgentInfo(alone('q'))).updated, 1);
    assert.equal((await store.agentInfo(ID))?.node_name, 'other');
  });

  it('is never known to a store into which others write unseen: all is wanted there', async () => {
    await using subject = await clientSubject();
    const { store } = subject;
    await addAgents(store, 1);
    await store.writeAgentInfo(json([infoOf(ID, { profile: 'p' })]));
    const before = await infoIn(store);
    assert.deepEqual((await store.writeAgentInfo(alone('p'))).wanted, [ID]);
    assert.deepEqual(await infoIn(store), before);
  });

  it('of an agent of which very much is known is told each time, and fills no chunk', async () => {
    await using pair = await nodes();
    await pair.worker.updateAgentData({
      ...data('v1'),
      columns: { os_uname: 'ü'.repeat(MAX_PROFILED_CHARS) },
    });
    for (const profiles of ['anew', 'known'] as const) {
      const { told } = await pair.round(profiles);
      assert.deepEqual([told[0]?.name, told[0]?.profile], ['a1', undefined]);
      await report(pair.worker, [ID]);
    }
  });

  it('is remembered of so many agents, and of further ones not', () => {
    const known = new KnownProfiles();
    for (let id = 1; id <= MAX_KNOWN_PROFILES + 1; id += 1) known.set(id, 'p');
    assert.ok(known.has(MAX_KNOWN_PROFILES, 'p') && !known.has(MAX_KNOWN_PROFILES + 1, 'p'));
    known.set(1, 'q');
    assert.ok(known.has(1, 'q'), 'one that is remembered may change');
    known.delete(2);
    known.set(MAX_KNOWN_PROFILES + 1, 'p');
    assert.ok(known.has(MAX_KNOWN_PROFILES + 1, 'p'));
  });

  it('has to be a short text', async () => {
    await using subject = await told();
    for (const profile of [7, 'x'.repeat(33)]) {
      const { errors } = await subject.store.writeAgentInfo(alone(profile as string));
      assert.deepEqual(errors, ['agent 1: its profile is no short text']);
    }
  });
});
