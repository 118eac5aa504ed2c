import { ensureGroup } from '../../agents/ensure-group.ts';
import { complaintText } from '../../agents/group-names.ts';
import type { AgentStore } from '../../agents/store.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { AddedAgent, AgentFacts, Change } from '../../registration/embedded/orders.ts';
import type { AgentRows } from '../../registration/embedded/registration.ts';
import { REGISTRATION_STORE_MS } from '../../registration/limits.ts';
import { notYetInStore, stillInStore, withoutGroups } from '../../registration/store-behind.ts';
import { settledIn } from '../settled-in.ts';
import type { StoreAccess } from '../store-access.ts';

/** The rows of the agent store, which follow the registry. */
export function agentRows(access: StoreAccess, patienceMs: number = REGISTRATION_STORE_MS): AgentRows {
  /** What is under way for an agent: its changes keep their order, also where nobody waits for them any longer. */
  const tasks = new Map<number, Promise<void>>();

  const inTurn = (id: number, work: () => Promise<void>): Promise<void> => {
    const task = (tasks.get(id) ?? Promise.resolve()).then(work);
    const quiet = task.catch(() => {});
    tasks.set(id, quiet);
    void quiet.then(() => {
      if (tasks.get(id) === quiet) tasks.delete(id);
    });
    return task;
  };

  return {
    facts: async (id) => settledIn(factsOf(access.current, id), patienceMs, tooLate(patienceMs)),
    follow: async (changes) => {
      const behind = new Map<number, MusterError>();
      const following = changes.map(async (change) => {
        const id = idOf(change);
        const task = inTurn(id, async () => follow(access.current, change));
        await settledIn(task, patienceMs, tooLate(patienceMs)).catch((error) =>
          behind.set(id, told(change, error)),
        );
      });
      await Promise.all(following);
      return behind;
    },
  };
}

const idOf = (change: Change): number => (change.kind === 'added' ? change.agent.id : change.id);

const tooLate = (patienceMs: number) => () => new MusterError(3200, `nothing in ${patienceMs} ms`);

/** What is told of a change that the store does not have. */
function told(change: Change, error: unknown): MusterError {
  if (error instanceof MusterError && error.code === 3216) return error;
  return change.kind === 'added' ? notYetInStore(change.agent, error) : stillInStore(change.id, error);
}

async function factsOf(store: AgentStore, id: number): Promise<AgentFacts | null> {
  const row = await store.agentInfo(id);
  return row === null
    ? null
    : {
        connectionStatus: String(row.connection_status),
        disconnectionTimeS: Number(row.disconnection_time ?? 0),
        dateAddS: Number(row.date_add ?? 0),
      };
}

const follow = (store: AgentStore, change: Change): Promise<void> =>
  change.kind === 'added' ? add(store, change.agent) : store.deleteAgent(change.id);

async function add(store: AgentStore, agent: AddedAgent): Promise<void> {
  const { id, name, ip, key, dateAddS } = agent;
  try {
    await store.insertAgent({ id, name, registerIp: ip, internalKey: key, dateAddS });
  } catch (error) {
    // The node may have seen the key in the file meanwhile.
    if ((await store.agentName(id)) !== name) throw error;
  }
  if (agent.groups.length > 0) await joinGroups(store, agent);
}

/** Rejects with 3216. */
async function joinGroups(store: AgentStore, agent: AddedAgent): Promise<void> {
  const { id, groups } = agent;
  try {
    // Their directories are there, the node only may not have seen them yet.
    for (const group of groups) await ensureGroup(store, group);
    const order = { mode: 'override', syncStatus: 'syncreq', agents: [{ id, groups }] } as const;
    const { errors } = await store.setAgentGroups(order);
    if (errors.length > 0) throw new MusterError(2003, errors.map(complaintText).join('; '));
  } catch (error) {
    throw withoutGroups(agent, error);
  }
}
