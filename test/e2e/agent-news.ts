import { storePath } from '../../src/agents/paths.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import { waitFor } from './cluster.ts';
import type { NodeProcess } from './node-process.ts';

const STORE_TIMEOUT_MS = 15_000;

/** The one agent of this worker has changed: there is something to tell its master. */
export async function haveSomethingToTell({ home, name }: NodeProcess): Promise<void> {
  const store = new WdbStore({ socket: storePath(home, 'socket') });
  const isThere = async () => (await store.allAgents()).length === 1;
  try {
    await waitFor(
      `the store of ${name} to have the agent`,
      () => isThere().catch(() => false),
      STORE_TIMEOUT_MS,
    );
    await store.updateAgentData({
      id: 1,
      connectionStatus: 'active',
      groupConfigStatus: 'synced',
      syncStatus: 'syncreq',
      columns: { os_name: 'Linux', node_name: name, version: 'Wazuh v4.7.5' },
      labels: {},
    });
  } finally {
    await store.close();
  }
}
