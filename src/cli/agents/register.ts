import type { AgentStore } from '../../agents/store.ts';
import { MusterError } from '../../protocol/errors.ts';
import { AuthdClient } from '../../registration/authd-client.ts';
import {
  addClientKeys,
  type ClientKey,
  type NewClientKey,
  readClientKeys,
  removeClientKeys,
} from '../../registration/client-keys.ts';
import { formatAgentId } from '../../registration/key-lines.ts';
import { authdSocket, isRegistrationServed } from '../../registration/open-registration.ts';
import { notYetInStore, stillInStore, withoutGroups } from '../../registration/store-behind.ts';
import { askRegistration, registeredAgent } from '../../requests/ask-registration.ts';
import { Failures } from '../../requests/failures.ts';
import type { ItemsResult } from '../../requests/method.ts';
import { withStore } from '../with-store.ts';
import { checkGroups, setGroups } from './groups.ts';
import { needNodeOnWorker } from './master-only.ts';

/** An agent that has its key. */
export interface Registered {
  readonly agent: ClientKey;
  /** Why it is not, or not whole, in the agent store; null if it is. */
  readonly warning: MusterError | null;
}

/** Registers an agent: by whoever serves registration at the home, or else by this process, on the master. */
export async function register(
  home: string,
  wanted: NewClientKey,
  groups: readonly string[],
): Promise<Registered> {
  if (await isRegistrationServed(home)) return registerByDaemon(home, wanted, groups);
  await needNodeOnWorker(home);
  return withStore(home, async (store) => {
    await checkGroups(store, groups);
    const [agent] = addClientKeys(home, [wanted]);
    if (agent === undefined) throw new MusterError(1000, 'no agent was added');
    return { agent, warning: await enter(store, agent, groups) };
  });
}

/** Brings an agent that has its key into the store. Resolves to what is left to do of it. */
async function enter(
  store: AgentStore,
  agent: ClientKey,
  groups: readonly string[],
): Promise<MusterError | null> {
  const wanted = { id: agent.id, groups };
  try {
    await insertRow(store, agent);
  } catch (error) {
    return notYetInStore(wanted, error);
  }
  try {
    if (groups.length > 0) await setGroups(store, 'override', agent.id, groups);
  } catch (error) {
    return withoutGroups(wanted, error);
  }
  return null;
}

/** The daemon keeps the file: nobody else may write into it meanwhile. */
async function registerByDaemon(
  home: string,
  { name, ip, id }: NewClientKey,
  groups: readonly string[],
): Promise<Registered> {
  const wanted = {
    name,
    ip,
    ...(id !== undefined && { id: formatAgentId(id) }),
    ...(groups.length > 0 && { groups: groups.join(',') }),
    force: REPLACES_NOBODY,
  };
  return withAuthd(home, async (authd, signal) => {
    const order = { function: 'add', arguments: wanted } as const;
    const { data, warning } = await askRegistration(authd, order, signal);
    const agent = registeredAgent(data);
    return { agent: { ...agent, id: Number(agent.id) }, warning };
  });
}

/** authd takes nothing for leave. */
const REPLACES_NOBODY = {
  enabled: false,
  key_mismatch: false,
  disconnected_time: { enabled: false, value: 0 },
  after_registration_time: 0,
};

async function withAuthd<Result>(
  home: string,
  use: (authd: AuthdClient, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const authd = new AuthdClient({ socket: authdSocket(home) });
  try {
    return await use(authd, new AbortController().signal);
  } finally {
    await authd.close();
  }
}

async function insertRow(store: AgentStore, { id, name, ip, key }: ClientKey): Promise<void> {
  try {
    const dateAddS = Math.floor(Date.now() / 1000);
    await store.insertAgent({ id, name, registerIp: ip, internalKey: key, dateAddS });
  } catch (error) {
    // The node may have seen the key meanwhile.
    if ((await store.agentName(id)) !== name) throw error;
  }
}

/** What became of agents that were to be removed. */
export interface Unregistered {
  /** Names of those that are removed, by id. */
  readonly removed: ReadonlyMap<number, string>;
  /** Those that are not, or not whole. */
  readonly failed: ItemsResult['failed'];
}

/**
 * Removes agents from the file and from the store; none of them if one is not known, for which it rejects with 1701. A daemon
 * removes them one by one: what fails there is told, and what was removed before it.
 */
export async function unregister(home: string, ids: readonly number[]): Promise<Unregistered> {
  const isServed = await isRegistrationServed(home);
  if (!isServed) await needNodeOnWorker(home);
  return withStore(home, async (store) => {
    const names = await namesOf(home, store, ids);
    const unknown = ids.filter((id) => !names.has(id)).map(formatAgentId);
    if (unknown.length > 0) throw new MusterError(1701, `${unknown.join(', ')}; nothing was removed`);
    const failures = new Failures();
    if (!isServed) removeClientKeys(home, ids);
    const gone = isServed ? await unregisterByDaemon(home, ids, failures) : ids;
    const removed = new Map<number, string>();
    for (const id of gone) {
      try {
        await store.deleteAgent(id);
        removed.set(id, names.get(id) ?? '');
      } catch (error) {
        failures.add(formatAgentId(id), stillInStore(id, error));
      }
    }
    return { removed, failed: failures.list };
  });
}

/** Resolves to those that it has removed; behind one that fails nothing more is asked. One that only the store has is no failure. */
async function unregisterByDaemon(
  home: string,
  ids: readonly number[],
  failures: Failures,
): Promise<readonly number[]> {
  return withAuthd(home, async (authd, signal) => {
    for (const [index, id] of ids.entries()) {
      const order = { function: 'remove', arguments: { id: formatAgentId(id), purge: false } } as const;
      try {
        await askRegistration(authd, order, signal);
      } catch (error) {
        const failure = MusterError.from(error);
        if (failure.code === 1701) continue;
        failures.add(formatAgentId(id), failure);
        const notAsked = new MusterError(3120, `not asked for, since ${formatAgentId(id)} failed`);
        for (const rest of ids.slice(index + 1)) failures.add(formatAgentId(rest), notAsked);
        return ids.slice(0, index);
      }
    }
    return ids;
  });
}

/** Those that the file or the store has. */
async function namesOf(
  home: string,
  store: AgentStore,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const registered = new Map(readClientKeys(home)?.agents.map(({ id, name }) => [id, name]));
  const names = new Map<number, string>();
  for (const id of ids) {
    const name = registered.get(id) ?? (await store.agentName(id));
    if (name !== null) names.set(id, name);
  }
  return names;
}
