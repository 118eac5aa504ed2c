import { resolve } from 'node:path';
import { storePath } from '../agents/paths.ts';
import type { AgentStore } from '../agents/store.ts';
import { WdbStore } from '../agents/wdb-store.ts';
import { MusterError } from '../protocol/errors.ts';

/** Uses the agent store that the node of a home serves, or a wazuh-db. Rejects with 2005 where nobody does. */
export async function withStore<Result>(
  home: string,
  use: (store: AgentStore) => Promise<Result>,
  options: { timeoutMs?: number } = {},
): Promise<Result> {
  const socket = storePath(resolve(home), 'socket');
  const store = new WdbStore({ socket, ...options });
  try {
    await probe(store, socket, home);
    return await use(store);
  } finally {
    await store.close();
  }
}

const MANAGER_ID = 0;

/** Before anything is changed. */
async function probe(store: AgentStore, socket: string, home: string): Promise<void> {
  try {
    await store.agentName(MANAGER_ID);
  } catch (error) {
    if (!(error instanceof MusterError) || error.code !== 2005) throw error;
    // Somebody may well serve it, to others than this user.
    if (error.detail?.includes('EACCES')) throw error;
    const words = `nobody serves ${socket}; start the node with \`muster node --home ${resolve(home)}\``;
    throw new MusterError(2005, words, { cause: error });
  }
}
