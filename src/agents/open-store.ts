import { lstatSync } from 'node:fs';
import type { StoreChoice } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { EmbeddedStore } from './embedded/store.ts';
import { storePath } from './paths.ts';
import type { AgentStore } from './store.ts';
import { WdbStore } from './wdb-store.ts';

export interface OpenStoreOptions {
  readonly home: string;
  /** On a master, groups that change by themselves have to be broadcast. */
  readonly isMaster: boolean;
  readonly choice: StoreChoice;
  /** For each request to an existing wazuh-db. */
  readonly timeoutMs?: number;
}

/** A store, and a line for the log that tells which. */
export interface OpenedStore {
  readonly store: AgentStore;
  readonly message: string;
}

/** Time that a wazuh-db has to show that it lives, when a node starts. */
const PROBE_TIMEOUT_MS = 5_000;
const PROBE = 'global get-all-agents last_id -1';

/**
 * The agent store of a home. Unless its configuration says which: the wazuh-db that answers on its socket, or else the
 * embedded store, which is then served there. A wazuh-db that stands there and does not answer as one is an error, not a
 * reason to open its database too.
 */
export async function openStore(options: OpenStoreOptions): Promise<OpenedStore> {
  const { home, isMaster, choice } = options;
  const socket = storePath(home, 'socket');
  if (choice === 'wazuh-db' || (choice === 'auto' && (await isServed(socket)))) {
    const store = new WdbStore({ socket, ...(options.timeoutMs && { timeoutMs: options.timeoutMs }) });
    return { store, message: `Agents are kept by the wazuh-db that serves ${socket}.` };
  }
  const store = await EmbeddedStore.open({ home, isMaster, isServed: true });
  const file = storePath(home, 'database');
  return { store, message: `Agents are kept in ${file}, served at ${socket}.` };
}

/** False where nothing stands or nobody listens. */
async function isServed(socket: string): Promise<boolean> {
  if (lstatSync(socket, { throwIfNoEntry: false }) === undefined) return false;
  const probe = new WdbStore({ socket, connections: 1, timeoutMs: PROBE_TIMEOUT_MS });
  try {
    await probe.query(PROBE);
    return true;
  } catch (error) {
    if (MusterError.from(error).code === 2005) return false;
    throw error;
  } finally {
    await probe.close();
  }
}
