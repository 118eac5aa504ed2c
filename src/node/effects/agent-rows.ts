import { ensureGroup } from '../../agents/ensure-group.ts';
import { complaintText } from '../../agents/group-names.ts';
import type { AgentStore } from '../../agents/store.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { AddedAgent, AgentFacts, Change } from '../../registration/embedded/orders.ts';
import type { AgentRows } from '../../registration/embedded/registration.ts';
import type { StoreAccess } from '../store-access.ts';

/** The rows of the agent store, which follow the registry. */
export function agentRows(access: StoreAccess): AgentRows {
  return {
    facts: (id) => factsOf(access.current, id),
    follow: (changes) => follow(access.current, changes),
  };
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

/** Agents side by side, the changes of one agent in their order. */
async function follow(store: AgentStore, changes: readonly Change[]): Promise<void> {
  const tasks = new Map<number, Promise<void>>();
  for (const change of changes) {
    const id = change.kind === 'added' ? change.agent.id : change.id;
    const before = tasks.get(id) ?? Promise.resolve();
    tasks.set(
      id,
      before.then(() => (change.kind === 'added' ? add(store, change.agent) : store.deleteAgent(id))),
    );
  }
  const failed = (await Promise.allSettled(tasks.values())).filter(({ status }) => status === 'rejected');
  const [first] = failed as PromiseRejectedResult[];
  if (first === undefined) return;
  const { code, detail } = MusterError.from(first.reason);
  throw new MusterError(code, `${failed.length} of ${tasks.size} agents, the first one: ${detail ?? ''}`, {
    cause: first.reason,
  });
}

async function add(store: AgentStore, agent: AddedAgent): Promise<void> {
  const { id, name, ip, key, groups, dateAddS } = agent;
  try {
    await store.insertAgent({ id, name, registerIp: ip, internalKey: key, dateAddS });
  } catch (error) {
    // The node may have seen the key in the file meanwhile.
    if ((await store.agentName(id)) !== name) throw error;
  }
  if (groups.length === 0) return;
  // Their directories are there, the node only may not have seen them yet.
  for (const group of groups) await ensureGroup(store, group);
  const order = { mode: 'override', syncStatus: 'syncreq', agents: [{ id, groups }] } as const;
  const { errors } = await store.setAgentGroups(order);
  if (errors.length > 0) throw new MusterError(2003, errors.map(complaintText).join('; '));
}
