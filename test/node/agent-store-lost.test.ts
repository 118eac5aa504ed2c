import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { AgentStore } from '../../src/agents/store.ts';
import { ClusterInProcess } from '../spec/cluster-in-process.ts';

/** An agent has been heard of there, and is silent by now. */
const reportFrom = (store: AgentStore, id: number) =>
  store.updateAgentData({
    id,
    connectionStatus: 'disconnected',
    groupConfigStatus: 'synced',
    syncStatus: 'syncreq',
    columns: { version: 'v4.7.5', node_name: 'worker1' },
  });

const KEYS = [1, 2].map((id) => `00${id} a${id} any ${'ab'.repeat(32)}\n`).join('');

it('a master that has lost its agent store is told again what silent agents said, by workers that had told it', async () => {
  const cluster = await ClusterInProcess.start({ files: { 'etc/client.keys': KEYS } });
  try {
    const worker = cluster.worker();
    const until = (what: string, check: () => Promise<boolean>) =>
      cluster.until(what, async () => {
        await cluster.pass(1_000);
        return await check();
      });
    const current = ({ services }: { services: typeof worker.services }) => services.store.current;
    const nodeOf = async (id: number) => (await current(cluster.master).agentInfo(id))?.node_name;
    await until('the worker to know its agents', async () => {
      return (await current(worker).allAgents(0)).length === 2;
    });
    for (const id of [1, 2]) await reportFrom(current(worker), id);
    await until('the master to know where they are', async () => (await nodeOf(2)) === 'worker1');
    await until('the worker to know that', async () => {
      return (await current(worker).unsyncedAgentInfo(0)).rows.length === 0;
    });
    await cluster.master.stop();
    for (const end of ['', '-wal', '-shm'])
      rmSync(join(cluster.master.home, `queue/db/global.db${end}`), { force: true });
    await cluster.startMaster();
    await until('the master to know it again', async () => (await nodeOf(1)) === 'worker1');
    assert.equal(worker.log.find(/another agent store than before/).length, 1);
  } finally {
    await cluster.close();
  }
});
