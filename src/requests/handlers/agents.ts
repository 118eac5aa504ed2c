import type { AgentCondition } from '../../agents/agent-query.ts';
import type { RequestStore } from '../../agents/request-store.ts';
import { type AgentFilters, type AgentItem, agentItemOf, agentQuery } from '../agent-list.ts';
import { counted, Failures } from '../failures.ts';
import type { Handlers } from '../handlers.ts';
import { mapInSlices } from '../in-slices.ts';
import { knownAgents } from '../known-agents.ts';
import type { ListArgs } from '../list-args.ts';
import type { ItemsResult } from '../method.ts';
import type { agentMethods } from '../methods/agents.ts';

type Names = keyof typeof agentMethods & ('agents.list' | 'agents.summary_status');

/** What the master tells of agents. */
export const agentHandlers: Handlers<Names> = {
  'agents.list': async ({ agents, ...list }, { services, signal }) => {
    const store = services.store(signal);
    if (agents === undefined) return listAgents(store, list, []);
    const { failures } = await knownAgents(store, agents, []);
    return listAgents(store, list, [{ ids: agents.map(Number) }], failures);
  },

  'agents.summary_status': async (_args, { services, signal }) => {
    const store = services.store(signal);
    const [connection, configuration] = await Promise.all([
      store.countAgents('connection_status'),
      store.countAgents('group_config_status'),
    ]);
    return {
      connection: {
        total: sum(connection),
        active: connection.get('active') ?? 0,
        disconnected: connection.get('disconnected') ?? 0,
        never_connected: connection.get('never_connected') ?? 0,
        pending: connection.get('pending') ?? 0,
      },
      configuration: {
        total: sum(configuration),
        synced: configuration.get('synced') ?? 0,
        not_synced: configuration.get('not synced') ?? 0,
      },
    };
  },
};

const sum = (counts: ReadonlyMap<string, number>) =>
  [...counts.values()].reduce((total, count) => total + count, 0);

/** A page of those agents that fit these conditions, too. */
export async function listAgents(
  store: RequestStore,
  list: ListArgs & AgentFilters,
  within: AgentCondition[],
  failures = new Failures(),
): Promise<ItemsResult<AgentItem>> {
  const { rows, total } = await store.findAgents(agentQuery(list, within, Math.floor(Date.now() / 1000)));
  return {
    items: await mapInSlices(rows, agentItemOf),
    totalItems: total,
    failed: failures.list,
    message: counted(total, 'agent'),
  };
}
