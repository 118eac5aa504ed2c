import { resolve } from 'node:path';
import { storePath } from '../agents/paths.ts';
import type { AgentStore } from '../agents/store.ts';
import { WdbStore } from '../agents/wdb-store.ts';
import { homeTrouble } from '../config/home-trouble.ts';
import { MusterError } from '../protocol/errors.ts';
import { STORE_PROBE_S } from './store-probe.ts';

const MS_PER_S = 1_000;

/**
 * Uses the agent store that the node of a home serves, or a wazuh-db. Rejects with 2005 where nobody does, and with 3200
 * where it does not answer.
 */
export async function withStore<Result>(
  home: string,
  use: (store: AgentStore) => Promise<Result>,
  { probeS = STORE_PROBE_S, ...options }: { timeoutMs?: number; probeS?: number } = {},
): Promise<Result> {
  const socket = storePath(resolve(home), 'socket');
  await probe(socket, home, probeS);
  return withClient(new WdbStore({ socket, ...options }), use);
}

async function withClient<Result>(
  store: AgentStore,
  use: (store: AgentStore) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const MANAGER_ID = 0;

/** Before anything is changed, or takes long. */
async function probe(socket: string, home: string, timeoutS: number): Promise<void> {
  const store = new WdbStore({ socket, connections: 1, timeoutMs: timeoutS * MS_PER_S });
  try {
    await withClient(store, () => store.agentName(MANAGER_ID));
  } catch (error) {
    const known = MusterError.from(error);
    throw known.code === 3200
      ? silent(known, socket, timeoutS)
      : await unserved(known, socket, resolve(home));
  }
}

function silent(cause: MusterError, socket: string, timeoutS: number): MusterError {
  const words = `who serves ${socket} takes requests and answers none in ${timeoutS} s: see what it does, or start it anew`;
  return new MusterError(3200, words, { cause });
}

async function unserved(cause: MusterError, socket: string, home: string): Promise<MusterError> {
  // Somebody may well serve it, to others than this user.
  if (cause.code !== 2005 || cause.detail?.includes('EACCES')) return cause;
  const absent = `nobody serves ${socket}; start the node with \`muster node --home ${home}\``;
  return new MusterError(2005, (await homeTrouble(home)) ?? absent, { cause });
}
