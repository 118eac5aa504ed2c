import { z } from 'zod';
import type { ReplyOf } from '../../protocol/commands.ts';
import type { JsonObject, WazuhResult } from '../../protocol/dialects/wazuh4/objects.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { ItemsResult } from '../method.ts';
import type { MethodName } from '../methods.ts';
import { agentOf, item4OfAgent, osOf, system4Of } from './agents.ts';
import { filters, filtersOf, given, kwargsOf, listArgsOf, listKwargs, listKwargsOf } from './lists.ts';
import { bareResult4, dataIn, dataResult4, itemsIn, itemsResult4 } from './results.ts';
import { agentsOfSystems } from './systems.ts';
import { nodeHealth4, nodes4 } from './views.ts';

type Nodes = ReplyOf<'get_nodes'>['items'];
type Healths = ReplyOf<'get_health'>['nodes'];

/** A function of the original, and the method of ours that does the same. */
export interface CallableRow {
  readonly module: string;
  readonly qualname: string;
  readonly method: MethodName;
  /** What whoever asks must be allowed, all of it, in the original's words: there a function may call one that is guarded, too. */
  readonly actions: readonly [`${string}:${string}`, ...`${string}:${string}`[]];
  /** Coroutines of the original get a client of the local socket under this name. */
  readonly client?: string;
  /** Arguments of the method. Throws 3108 for arguments of the function that are not understood. */
  argsOf(kwargs: JsonObject): JsonObject;
  /** Arguments of the function; absent where it is not asked by us. */
  kwargsOf?(args: JsonObject): JsonObject;
  /** The result of the function. */
  tell(result: never, telling: Telling): WazuhResult;
  /** The result of the method. Throws 3302. */
  understand?(result: WazuhResult, answering: Answering): unknown;
}

/** What an answer depends on, beside the result. */
export interface Telling {
  /** The version that nodes are told to have. */
  readonly version: string;
  /** The fields that were selected; null for all. */
  readonly select: readonly string[] | null;
}

/** The node that answers: originals do not say it themselves. */
export interface Answering {
  readonly node: string;
  readonly version: string;
}

const names = z.union([z.string().transform((name) => [name]), z.array(z.string())]);
const ids = z
  .union([z.string().transform((id) => [id]), z.array(z.string())])
  .transform((list) => (list.includes('*') || list.includes('all') ? null : list));
const nullish = <T extends z.ZodType>(schema: T) => schema.nullable().optional();
const AGENT_LIST = z.strictObject({ ...listKwargs, agent_list: nullish(ids), filters: nullish(filters) });
function agentArgs(kwargs: JsonObject, name: string): JsonObject {
  const { agent_list, filters: given4, ...list } = kwargsOf(AGENT_LIST, kwargs, name);
  return { ...listArgsOf(list), ...filtersOf(given4, list.q), ...given('agents', agent_list) };
}

const overview = AGENT_LIST.omit({ agent_list: true }).extend({
  count: z.boolean().optional(),
  get_data: z.boolean().optional(),
});
const nodesAsked = z.strictObject({
  ...listKwargs,
  filter_node: nullish(names),
  filter_type: nullish(z.string()),
});
const groupsAsked = z.strictObject({
  group_list: nullish(ids),
  offset: listKwargs.offset,
  limit: listKwargs.limit,
  sort_by: nullish(z.array(z.string())),
  sort_ascending: nullish(z.boolean()),
  search_text: nullish(z.string()),
  complementary_search: nullish(z.boolean()),
  search_in_fields: nullish(z.array(z.string())),
  hash_algorithm: nullish(z.string()),
  q: listKwargs.q,
  select: listKwargs.select,
  distinct: listKwargs.distinct,
});
const groupAgents = AGENT_LIST.omit({ agent_list: true }).extend({ group_list: names });
const nothing = z.strictObject({});

const AGENTS = {
  all: 'All selected agents information was returned',
  some: 'Some agents information was not returned',
  none: 'No agent information was returned',
};
const NODES = {
  all: 'All selected nodes information was returned',
  some: 'Some nodes information was not returned',
  none: 'No information was returned',
};
const HEALTH = {
  all: 'All selected nodes healthcheck information was returned',
  some: 'Some nodes healthcheck information was not returned',
  none: 'No healthcheck information was returned',
};
const GROUPS = {
  all: 'All selected groups information was returned',
  some: 'Some groups information was not returned',
  none: 'No group information was returned',
};
const SYSTEMS = {
  all: 'All specified syscollector information was returned',
  some: 'Some syscollector information was not returned',
  none: 'No syscollector information was returned',
};
const ONE = { all: 'All selected information was returned', some: '', none: 'No information was returned' };
const oneItem = (item: object): ItemsResult => ({ items: [item], totalItems: 1, failed: [], message: '' });

/** The functions of the original that are answered and asked: nothing else is. */
export const callables: readonly CallableRow[] = [
  {
    module: 'wazuh.cluster',
    qualname: 'get_nodes_info',
    method: 'cluster.nodes',
    actions: ['cluster:read'],
    client: 'lc',
    argsOf: (kwargs) => {
      const { filter_node, filter_type, ...list } = kwargsOf(nodesAsked, kwargs, 'get_nodes_info');
      const type = filter_type === 'all' ? null : filter_type;
      const wanted = filter_node?.length === 0 ? null : filter_node;
      return { ...listArgsOf(list), ...given('nodes', wanted), ...given('type', type) };
    },
    tell: (result: ItemsResult<Nodes[number]>, { version }) => {
      const { items, totalItems } = nodes4(result, version);
      return itemsResult4({ ...result, items, totalItems }, NODES);
    },
  },
  {
    module: 'wazuh.cluster',
    qualname: 'get_health_nodes',
    method: 'cluster.health',
    actions: ['cluster:read'],
    client: 'lc',
    argsOf: (kwargs) => {
      const { filter_node } = kwargsOf(
        z.strictObject({ filter_node: nullish(names) }),
        kwargs,
        'get_health_nodes',
      );
      return given('nodes', filter_node?.length === 0 ? null : filter_node);
    },
    tell: (result: ItemsResult<Healths[string]>, { version }) =>
      itemsResult4(result, HEALTH, (node: Healths[string]) => nodeHealth4(node, version)),
  },
  {
    module: 'wazuh.cluster',
    qualname: 'get_node_wrapper',
    method: 'cluster.local_info',
    actions: ['cluster:read'],
    argsOf: (kwargs) => kwargsOf(nothing, kwargs, 'get_node_wrapper'),
    kwargsOf: () => ({}),
    tell: ({ node, cluster, type }: JsonObject) => itemsResult4(oneItem({ node, cluster, type }), ONE),
    understand: (result, { version }) => {
      const { node, cluster, type } = (itemsIn(result).items[0] ?? {}) as JsonObject;
      return { node, cluster, type, version };
    },
  },
  {
    module: 'wazuh.cluster',
    qualname: 'get_status_json',
    method: 'cluster.status',
    actions: ['cluster:status'],
    argsOf: (kwargs) => kwargsOf(nothing, kwargs, 'get_status_json'),
    kwargsOf: () => ({}),
    tell: (status: object) => dataResult4(status),
    understand: (result) => dataIn(result),
  },
  {
    module: 'wazuh.agent',
    qualname: 'get_agents',
    method: 'agents.list',
    actions: ['agent:read'],
    argsOf: (kwargs) => agentArgs(kwargs, 'get_agents'),
    kwargsOf: ({ agents, offset, limit, sort, search, select, q, distinct, ...filtered }) => ({
      ...listKwargsOf({ offset, limit, sort, search, select, q, distinct }),
      ...given('agent_list', agents),
      filters: filtered,
    }),
    tell: (result: ItemsResult) => itemsResult4(result, AGENTS, item4OfAgent),
    understand: (result) => itemsIn(result, agentOf),
  },
  {
    module: 'wazuh.core.agent',
    qualname: 'Agent.get_agents_overview',
    method: 'agents.list',
    actions: ['agent:read'],
    argsOf: (kwargs) => {
      const { count: _count, get_data: _data, ...asked } = kwargsOf(overview, kwargs, 'get_agents_overview');
      return agentArgs(asked, 'get_agents_overview');
    },
    tell: ({ items, totalItems }: ItemsResult) =>
      bareResult4({ items: items.map((item) => item4OfAgent(item as never)), totalItems }),
  },
  {
    module: 'wazuh.agent',
    qualname: 'get_agents_summary_status',
    method: 'agents.summary_status',
    actions: ['agent:read'],
    argsOf: (kwargs) => {
      const asked = z.strictObject({ agent_list: nullish(ids) });
      const { agent_list } = kwargsOf(asked, kwargs, 'get_agents_summary_status');
      if (agent_list) throw new MusterError(3108, 'get_agents_summary_status: all agents are counted');
      return {};
    },
    kwargsOf: () => ({}),
    tell: (summary: object) => dataResult4(summary),
    understand: (result) => dataIn(result),
  },
  {
    module: 'wazuh.agent',
    qualname: 'get_agent_groups',
    method: 'groups.list',
    actions: ['group:read'],
    argsOf: (kwargs) => {
      const asked = kwargsOf(groupsAsked, kwargs, 'get_agent_groups');
      const { group_list, offset, limit, sort_by, sort_ascending, search_text, q, select, distinct } = asked;
      const search = search_text
        ? { value: search_text, negation: asked.complementary_search ?? false }
        : null;
      const fields = sort_by?.map((field) => (field === '' ? 'name' : field));
      const sort = fields && {
        fields,
        order: sort_ascending === false ? ('desc' as const) : ('asc' as const),
      };
      return {
        ...listArgsOf({ offset, limit, sort, search, q, select, distinct }),
        ...given('groups', group_list),
      };
    },
    tell: (result: ItemsResult) => itemsResult4(result, GROUPS),
  },
  {
    module: 'wazuh.agent',
    qualname: 'get_agents_in_group',
    method: 'groups.agents',
    actions: ['group:read', 'agent:read'],
    argsOf: (kwargs) => {
      const { group_list, ...asked } = kwargsOf(groupAgents, kwargs, 'get_agents_in_group');
      return { ...agentArgs(asked, 'get_agents_in_group'), group: group_list[0] ?? '' };
    },
    tell: (result: ItemsResult) => itemsResult4(result, AGENTS, item4OfAgent),
  },
  {
    module: 'wazuh.syscollector',
    qualname: 'get_item_agent',
    method: 'syscollector.os',
    actions: ['syscollector:read'],
    argsOf: (kwargs) => ({ agents: agentsOfSystems(kwargs) }),
    kwargsOf: ({ agents }) => ({ agent_list: agents, element_type: 'os' }),
    tell: (result: ItemsResult, { select }) =>
      itemsResult4(result, SYSTEMS, (item: JsonObject) => system4Of(item, select)),
    understand: (result, { node }) => itemsIn(result, (item) => osOf(item, node)),
  },
];
