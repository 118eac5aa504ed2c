import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { storePath } from '../../src/agents/paths.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import { addAgents, addGroups, report } from '../agents/fixture.ts';
import { InstalledWdb, whyNoOriginal } from '../agents/wazuh-db.ts';
import { Cluster, waitFor } from './cluster.ts';
import type { NodeProcess } from './node-process.ts';

const AGENTS = 2_000;
const SETTINGS = { intervals: { worker: { sync_agent_info: 1 }, master: { sync_agent_groups: 1 } } };

/** A node and the original's daemon in one home, as they stand beside each other in an installation. */
class Beside {
  readonly node: NodeProcess;
  readonly store: WdbStore;
  readonly #isMaster: boolean;
  #daemon: InstalledWdb | null = null;

  constructor(node: NodeProcess, isMaster: boolean) {
    this.node = node;
    this.store = new WdbStore({ socket: storePath(node.home, 'socket') });
    this.#isMaster = isMaster;
  }

  async startDaemon(): Promise<void> {
    const { home } = this.node;
    this.#daemon = await InstalledWdb.start({
      home,
      socket: storePath(home, 'socket'),
      isMaster: this.#isMaster,
    });
  }

  async killDaemon(): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]();
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.killDaemon();
  }
}

describe('nodes on the original’s wazuh-db', { skip: whyNoOriginal }, () => {
  let cluster: Cluster;
  let master: Beside;
  let worker: Beside;
  const outputs = () => `${master.node.output.slice(-4000)}\n${worker.node.output.slice(-4000)}`;
  const until = (what: string, check: () => Promise<boolean>) => waitFor(what, check, 60_000, outputs);

  before(async () => {
    cluster = await Cluster.create(1);
    const [node] = cluster.workers;
    assert.ok(node);
    master = new Beside(cluster.master, true);
    worker = new Beside(node, false);
    for (const beside of [master, worker]) {
      await beside.startDaemon();
      await addAgents(beside.store, AGENTS);
      await addGroups(beside.store, 'default', 'web');
    }
    cluster.configure(SETTINGS);
    cluster.start();
  });
  after(async () => {
    await master.close();
    await worker.close();
    await cluster.close();
  });

  const ids = Array.from({ length: AGENTS }, (_, index) => index + 1);

  it('bring what the worker’s agents report to the master, and count it as synced', async () => {
    await report(worker.store, ids);
    await until('the master to have it', async () => {
      const active = await master.store.agentsByConnectionStatus('active');
      return active.length === AGENTS;
    });
    await until('all to be confirmed', async () => {
      const { rows } = await worker.store.unsyncedAgentInfo(0);
      return rows.length === 0;
    });
  });

  it('bring the master’s groups to the worker: both daemons compute the same hash', async () => {
    const agents = ids.map((id) => ({ id, groups: id % 2 === 0 ? ['default', 'web'] : ['default'] }));
    await master.store.setAgentGroups({ mode: 'override', syncStatus: 'syncreq', agents });
    const hash = await master.store.groupsHash();
    await until('the same groups', async () => (await worker.store.groupsHash()) === hash);
    await until('all to be confirmed', async () => {
      const page = await master.store.groupsToSend({ agents: 'unsynced' });
      return page.agents.length === 0;
    });
  });

  it('go on when a daemon was killed and is back', async () => {
    await worker.killDaemon();
    await worker.startDaemon();
    // A daemon that is killed has lost what it was told in the last minute, maybe these agents too.
    await worker.store.deleteAgent(1);
    await addAgents(worker.store, 1);
    await master.store.resetAgentsConnection('synced');
    await report(worker.store, [1]);
    await until('the master to hear of the agent', async () => {
      const agent = await master.store.agentInfo(1);
      return agent?.connection_status === 'active';
    });
  });
});
