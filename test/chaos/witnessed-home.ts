import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { storePath } from '../../src/agents/paths.ts';
import { agentDifferences } from '../../src/cli/demo/agent-differences.ts';
import { readAgentRows } from '../../src/cli/demo/agent-rows.ts';
import type { SimulatedHome } from '../../src/simulate/homes.ts';
import { Ledger } from './ledger.ts';
import { WitnessedStore } from './witnessed-store.ts';

/** Few, so that nodes do not hold more descriptors because of them. */
const CONNECTIONS = 2;
const SELECT_UNSYNCED =
  "SELECT 1 FROM agent WHERE sync_status <> 'synced' OR group_sync_status <> 'synced' LIMIT 1";

/** A home whose store is used, and what it was told. */
export interface WitnessedHome extends SimulatedHome {
  readonly store: WitnessedStore;
  readonly ledger: Ledger;
}

export function witnessedHome(path: string, nodeName: string, isMaster: boolean): WitnessedHome {
  const ledger = new Ledger();
  return {
    path,
    nodeName,
    role: isMaster ? 'master' : 'worker',
    managerHost: hostname(),
    syncStatus: isMaster ? 'synced' : 'syncreq',
    store: new WitnessedStore({ socket: storePath(path, 'socket'), connections: CONNECTIONS }, ledger),
    ledger,
  };
}

/**
 * In what the stores of a cluster, the master's first, are not in step, row by row, or have not kept what they confirmed;
 * nothing if they are and have.
 */
export async function storesApart(homes: readonly WitnessedHome[]): Promise<readonly string[]> {
  const [master, ...workers] = homes.map(({ nodeName, path, store }) => ({
    name: nodeName,
    home: path,
    store,
  }));
  assert.ok(master);
  // Most looks end here, and cost nobody much.
  const unsynced = [master, ...workers].filter(({ home }) => hasUnsynced(home));
  if (unsynced.length > 0) return unsynced.map(({ name }) => `${name} has agents that are unsynced`);
  const { differences } = await agentDifferences({ master, workers });
  if (differences.length > 0) return differences;
  return homes.flatMap(({ nodeName, path, ledger }) => ledger.contradictions(nodeName, readAgentRows(path)));
}

/** Whether something of a home's agents is still to travel, or its store is not there to tell. */
function hasUnsynced(home: string): boolean {
  try {
    const database = new DatabaseSync(storePath(home, 'database'), { readOnly: true });
    try {
      return database.prepare(SELECT_UNSYNCED).get() !== undefined;
    } finally {
      database.close();
    }
  } catch {
    return true;
  }
}
