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
  /** For each request. */
  readonly timeoutMs?: number;
  /** Nobody wants it any more. */
  readonly signal?: AbortSignal;
}

/** A store, and a line for the log that tells which. */
export interface OpenedStore {
  readonly store: AgentStore;
  readonly message: string;
  /** Whether it answers already. */
  readonly answers: boolean;
}

/** Time that a wazuh-db has to show that it lives, when a node starts. */
const PROBE_TIMEOUT_MS = 5_000;
const PROBE = 'global get-all-agents last_id -1';

/**
 * The agent store of a home. Unless its configuration says which: the wazuh-db that answers on its socket, or else the
 * embedded store, which is then served there. A wazuh-db that stands there and does not answer as one is an error, not a
 * reason to open its database too; where the configuration names it, it may come later. Rejects with 3125 by the signal.
 */
export async function openStore(options: OpenStoreOptions): Promise<OpenedStore> {
  const { home, choice, signal } = options;
  const socket = storePath(home, 'socket');
  if (choice === 'wazuh-db') return expectWdb(socket, options);
  if (choice === 'auto' && (await isServed(socket, signal)))
    return { store: wdb(socket, options), message: served(socket), answers: true };
  const store = await EmbeddedStore.open({ ...options, isServed: true });
  const message = `Agents are kept in ${storePath(home, 'database')}, served at ${socket}.`;
  return { store, message, answers: true };
}

const wdb = (socket: string, { timeoutMs }: OpenStoreOptions) =>
  new WdbStore({ socket, ...(timeoutMs !== undefined && { timeoutMs }) });

const served = (socket: string) => `Agents are kept by the wazuh-db that serves ${socket}.`;

/** Each request connects anew if it has to, so one that is not there yet keeps no node from starting. */
async function expectWdb(socket: string, options: OpenStoreOptions): Promise<OpenedStore> {
  const store = wdb(socket, options);
  try {
    await probe(socket, options.signal);
    return { store, message: served(socket), answers: true };
  } catch (error) {
    const words = MusterError.from(error).toLog();
    return {
      store,
      message: `Agents are kept by a wazuh-db at ${socket}, which does not answer yet: ${words}`,
      answers: false,
    };
  }
}

/** False where nothing stands or nobody listens. */
async function isServed(socket: string, signal?: AbortSignal): Promise<boolean> {
  if (lstatSync(socket, { throwIfNoEntry: false }) === undefined) return false;
  try {
    await probe(socket, signal);
    return true;
  } catch (error) {
    if (MusterError.from(error).code === 2005) return false;
    throw error;
  }
}

/** Rejects unless somebody answers there as a wazuh-db does. */
async function probe(socket: string, signal?: AbortSignal): Promise<void> {
  const store = new WdbStore({ socket, connections: 1, timeoutMs: PROBE_TIMEOUT_MS });
  const giveUp = () => void store.close();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    await store.query(PROBE);
  } finally {
    signal?.removeEventListener('abort', giveUp);
    await store.close();
  }
}
