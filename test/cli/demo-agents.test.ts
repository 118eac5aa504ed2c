import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { readAgentRows } from '../../src/cli/demo/agent-rows.ts';
import { agentsTable, type ViewedNode } from '../../src/cli/demo/agents-table.ts';
import type { AgentsView } from '../../src/cli/demo/agents-view.ts';
import { viewAgents } from '../../src/cli/demo/agents-view.ts';
import {
  compareGroups,
  compareRegistered,
  compareReported,
  groupsChecksum,
  type NodeRows,
} from '../../src/cli/demo/compare-agents.ts';
import { simulateLines } from '../../src/cli/demo/simulate-lines.ts';
import { addClientKeys } from '../../src/registration/client-keys.ts';
import { agentData } from '../../src/simulate/agent-data.ts';
import { firstState } from '../../src/simulate/agent-state.ts';
import { temporaryFolder } from './run-muster.ts';

const KEYS = 'etc/client.keys';
const AGENTS = ['one', 'two', 'three'].map((name, index) => ({ id: index + 1, name }));

/** A node that does not run: its home and its store. */
class Node {
  readonly name: string;
  readonly home: string;
  readonly store: EmbeddedStore;

  private constructor(name: string, home: string, store: EmbeddedStore) {
    this.name = name;
    this.home = home;
    this.store = store;
  }

  static async open(name: string): Promise<Node> {
    const home = temporaryFolder();
    for (const group of ['web', 'db']) mkdirSync(join(home, 'etc/shared', group), { recursive: true });
    const store = await EmbeddedStore.open({ home, isMaster: name === 'master', isServed: false });
    after(() => store.close());
    return new Node(name, home, store);
  }

  get rows(): NodeRows {
    return { name: this.name, rows: readAgentRows(this.home) };
  }

  /** An agent reports to it. */
  async hear(id: number): Promise<void> {
    const agent = firstState({ id, name: `agent-${id}` }, { seed: 1, homes: 1, groups: [] });
    const syncStatus = this.name === 'master' ? 'synced' : 'syncreq';
    await this.store.updateAgentData(
      agentData(agent, { nodeName: this.name, managerHost: 'host', syncStatus }),
    );
  }

  async setLastKeepalive(id: number, lastKeepaliveS: number): Promise<void> {
    await this.store.query(`global sql update agent set last_keepalive=${lastKeepaliveS} where id=${id}`);
  }

  setGroups(id: number, groups: string[]) {
    return this.store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents: [{ id, groups }] });
  }
}

/** A master and a worker that have the same agents. */
async function twoNodes(): Promise<{ master: Node; worker: Node }> {
  const [master, worker] = [await Node.open('master'), await Node.open('worker1')];
  addClientKeys(
    master.home,
    AGENTS.map(({ name }) => ({ name, ip: 'any' })),
  );
  copyFileSync(join(master.home, KEYS), join(worker.home, KEYS));
  for (const { store } of [master, worker]) await store.mirrorRegistry();
  return { master, worker };
}

/** As a sync of agent-info does it. */
async function sync(worker: Node, master: Node): Promise<void> {
  const { chunk, rows } = await worker.store.unsyncedAgentInfo(0);
  await master.store.writeAgentInfo(chunk);
  await worker.store.confirmAgentInfo(rows);
}

describe('what the demonstration compares of agents', () => {
  it('finds agents of client.keys that a node has not, and others that it has', async () => {
    const { master, worker } = await twoNodes();
    assert.deepEqual(await compareRegistered(master.home, worker.rows), []);
    await worker.store.updateAgentName(2, 'other');
    assert.match(
      (await compareRegistered(master.home, worker.rows)).join(),
      /^worker1 has not .*002 two any/,
    );
    appendFileSync(join(master.home, KEYS), '004 four any 0123\n');
    assert.equal((await compareRegistered(master.home, worker.rows)).length, 3, 'one more, and the number');
  });

  it('finds what was reported to a worker and is not so on the master', async () => {
    const { master, worker } = await twoNodes();
    const compare = () => compareReported(master.rows, [worker.rows]);
    assert.deepEqual(compare(), [], 'nothing was reported');
    await worker.hear(1);
    assert.match(
      compare().join(),
      /was told .*"worker1".*worker1 has 1 agents that the master does not know/,
    );
    await sync(worker, master);
    assert.deepEqual(compare(), []);
    for (const change of ["os_name='x'", 'disconnection_time=7', 'last_keepalive=last_keepalive-1']) {
      const before = master.rows.rows.get(1)?.columns ?? {};
      await master.store.query(`global sql update agent set ${change} where id=1`);
      assert.equal(compare().length, 1, change);
      const column = change.slice(0, change.indexOf('='));
      const value = typeof before[column] === 'number' ? before[column] : `'${before[column]}'`;
      await master.store.query(`global sql update agent set ${column}=${value} where id=1`);
      assert.deepEqual(compare(), []);
    }
    await master.store.query("global sql update labels set value='x' where id=1");
    assert.equal(compare().length, 1, 'labels');
  });

  it('tells how long the oldest report waits for the master, whoever has moved away meanwhile', async () => {
    const { master, worker } = await twoNodes();
    const view = async (nowS: number) => {
      const views = await viewAgents(master as never, [worker as never], nowS);
      const { unsynced = null, masterKnows = null, behindS = null } = views.get(worker as never) ?? {};
      return { unsynced, masterKnows, behindS };
    };
    for (const id of [1, 2]) await worker.hear(id);
    await worker.setLastKeepalive(1, 1_000);
    await worker.setLastKeepalive(2, 1_030);
    assert.deepEqual(await view(1_040.5), { unsynced: 2, masterKnows: 0, behindS: 40 });
    await sync(worker, master);
    assert.deepEqual(await view(1_040.5), { unsynced: 0, masterKnows: 2, behindS: 0 });
    await master.hear(2);
    assert.deepEqual(await view(2_000), { unsynced: 0, masterKnows: 1, behindS: 0 }, 'it is the other’s now');
  });

  it('takes of an agent that moved the latest report', async () => {
    const { master, worker } = await twoNodes();
    const other = await Node.open('worker2');
    copyFileSync(join(master.home, KEYS), join(other.home, KEYS));
    await other.store.mirrorRegistry();
    const compare = () => compareReported(master.rows, [worker.rows, other.rows]);
    for (const node of [worker, other, master]) await node.hear(1);
    await worker.setLastKeepalive(1, 1_000);
    await other.setLastKeepalive(1, 2_000);
    for (const node of [worker, other])
      await node.store.query("global sql update agent set sync_status='synced'");
    assert.deepEqual(compare(), [], 'it is the master that it reports to now');
    await master.setLastKeepalive(1, 1_500);
    assert.match(compare().join(), /was told .*"worker2"/);
    await other.store.query("global sql update agent set sync_status='syncreq'");
    await sync(other, master);
    assert.deepEqual(compare(), []);
  });

  it('finds groups and hashes that are not as they should be', async () => {
    const { master, worker } = await twoNodes();
    const compare = () => compareGroups(master.rows, worker.rows);
    for (const { store } of [master, worker])
      assert.equal(groupsChecksum(master.rows), await store.groupsHash());
    await master.setGroups(1, ['web', 'db']);
    assert.match(compare().join(), /worker1 has agent 1 in null, not in web,db/);
    await worker.setGroups(1, ['db', 'web']);
    assert.match(compare().join(), /worker1 has agent 1 in db,web, not in web,db/, 'their order counts');
    await worker.setGroups(1, ['web', 'db']);
    assert.deepEqual(compare(), []);
    assert.equal(groupsChecksum(worker.rows), await worker.store.groupsHash());
    await worker.store.query("global sql update agent set group_hash='0' where id=1");
    assert.match(compare().join(), /worker1 has 0 as hash of web,db/);
  });
});

describe('the live page of the demonstration', () => {
  const seen: AgentsView = {
    registered: 9,
    active: 4,
    unsynced: 0,
    masterKnows: 4,
    behindS: 0,
    groupsChecksum: 'ab'.repeat(20),
  };
  const linesOf = (ofMaster: AgentsView | null, ofWorker: AgentsView | null) =>
    agentsTable(
      new Map<ViewedNode, AgentsView | null>([
        [{ name: 'master', role: 'master' }, ofMaster],
        [{ name: 'worker1', role: 'worker' }, ofWorker],
      ]),
    ).split('\n');

  it('shows agents by node, and how far the master is behind', () => {
    const ofWorker = { ...seen, active: 5, unsynced: 2, masterKnows: 3, behindS: 1, groupsChecksum: null };
    const [, first = '', second = '', third = ''] = linesOf(seen, ofWorker);
    assert.match(first, /^master +9 +4 +— +— +— +abababababab +—$/);
    assert.match(second, /^worker1 +9 +5 +3 +2 +1s +— +no$/);
    assert.match(third, /^all +9 +9 +7 +2$/);
  });

  it('knows nothing of nodes that do not answer', () => {
    const [, first = '', second = '', third = ''] = linesOf(null, null);
    assert.match(first, /^master( +—){7}$/);
    assert.match(second, /^worker1( +—){7}$/);
    assert.match(third, /^all +0/);
    assert.match(
      linesOf(null, seen)[2] ?? '',
      / abababababab +—$/,
      'nobody knows whether its groups are right',
    );
  });

  it('proposes a command that a shell takes as one', () => {
    const homes = Array.from({ length: 5 }, (_, index) => `/tmp/muster-demo-abcdef/worker${index}`);
    const lines = simulateLines(homes).split('\n');
    assert.ok(lines.length > 1 && lines.every((line) => line.length < 120));
    assert.ok(lines.slice(0, -1).every((line) => line.endsWith(' \\')));
    const words = lines.map((line) => line.replace(/ \\$/, '').trim()).join(' ');
    assert.ok(words.endsWith(homes.map((home) => ` --home ${home}`).join('')));
  });
});
