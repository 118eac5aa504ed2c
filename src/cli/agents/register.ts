import type { AgentStore } from '../../agents/store.ts';
import { MusterError } from '../../protocol/errors.ts';
import {
  addClientKeys,
  type ClientKey,
  type NewClientKey,
  readClientKeys,
  removeClientKeys,
} from '../../registration/client-keys.ts';
import { formatAgentId } from '../../registration/key-lines.ts';
import { withStore } from '../with-store.ts';
import { checkGroups, setGroups } from './groups.ts';
import { refuseOnWorker } from './master-only.ts';

/** Registers an agent: its key first, as the node makes rows for keys by itself. */
export async function register(
  home: string,
  wanted: NewClientKey,
  groups: readonly string[],
): Promise<ClientKey> {
  await refuseOnWorker(home);
  return withStore(home, async (store) => {
    await checkGroups(store, groups);
    const [agent] = addClientKeys(home, [wanted]);
    if (agent === undefined) throw new MusterError(1000, 'no agent was added');
    try {
      await insertRow(store, agent);
      if (groups.length > 0) await setGroups(store, 'override', agent.id, groups);
    } catch (error) {
      const { code, message } = MusterError.from(error);
      const words = `agent ${formatAgentId(agent.id)} is registered, but not whole in the agent store: ${message}`;
      throw new MusterError(code, words, { cause: error });
    }
    return agent;
  });
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

/**
 * Removes agents, all or none, from the file and from the store. Resolves to their names; rejects with
 * 1701 for ids that neither has.
 */
export async function unregister(home: string, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  await refuseOnWorker(home);
  return withStore(home, async (store) => {
    const found = await namesOf(home, store, ids);
    const unknown = ids.filter((id) => !found.has(id)).map(formatAgentId);
    if (unknown.length > 0) throw new MusterError(1701, `${unknown.join(', ')}; nothing was removed`);
    removeClientKeys(home, ids);
    for (const id of ids) await store.deleteAgent(id);
    return found;
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
