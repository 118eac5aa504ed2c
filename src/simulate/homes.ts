import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { storePath } from '../agents/paths.ts';
import type { AgentStore } from '../agents/store.ts';
import { WdbStore } from '../agents/wdb-store.ts';
import { loadConfig } from '../config/load.ts';
import type { NodeRole, RegistrationChoice } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import type { Reporter } from './agent-data.ts';
import { STORE_CONNECTIONS } from './limits.ts';

/** A home, by its configuration. */
export interface HomeFacts {
  readonly path: string;
  readonly nodeName: string;
  readonly role: NodeRole;
}

/** The same, and who registers its agents. */
export interface ConfiguredHome extends HomeFacts {
  readonly registration: RegistrationChoice;
}

/** A home whose store can be asked. */
export interface SimulatedHome extends HomeFacts, Reporter {
  readonly store: AgentStore;
}

/** Rejects with 3004, 3005, 3006. */
export async function readHome(path: string): Promise<ConfiguredHome> {
  const { home, nodeName, role, disabled, agents } = await loadConfig(path);
  // A single node keeps its agents as a master does.
  return { path: home, nodeName, role: disabled ? 'master' : role, registration: agents.registration };
}

/** Rejects with 2005 where nobody serves one of the stores; then none is open. */
export async function openHomes(homes: readonly HomeFacts[]): Promise<SimulatedHome[]> {
  const opened = homes.map(
    (home): SimulatedHome => ({
      ...home,
      managerHost: hostname(),
      // The agent-facing daemon of a master tells nobody; workers have to tell the master.
      syncStatus: home.role === 'master' ? 'synced' : 'syncreq',
      store: new WdbStore({ socket: storePath(home.path, 'socket'), connections: STORE_CONNECTIONS }),
    }),
  );
  try {
    await Promise.all(opened.map(probe));
    return opened;
  } catch (error) {
    await closeHomes(opened);
    throw error;
  }
}

export async function closeHomes(homes: readonly SimulatedHome[]): Promise<void> {
  await Promise.all(homes.map(({ store }) => store.close()));
}

const MANAGER_ID = 0;

async function probe({ path, store }: SimulatedHome): Promise<void> {
  try {
    await store.agentName(MANAGER_ID);
  } catch (error) {
    if (!(error instanceof MusterError) || error.code !== 2005) throw error;
    const words = `nobody serves ${storePath(resolve(path), 'socket')}; start the node with \`muster node --home ${path}\``;
    throw new MusterError(2005, words, { cause: error });
  }
}
