import { z } from 'zod';
import { MAX_TEXT_CHARS } from '../../protocol/limits.ts';
import { type Endpoint, endpoint } from './endpoint.ts';
import {
  agentFilters,
  agentId,
  agentsList,
  commaList,
  flag,
  groupId,
  groupsList,
  listQuery,
} from './query.ts';

const tag = 'Agents';
const agents = { agents_list: agentsList.describe('Ids of agents; all unless given.').optional() };
const params = { agent_id: agentId };
const inGroup = { agent_id: agentId, group_id: groupId };
const single = flag('Takes the agents out of all other groups.').optional();

/** `all`, or ids. */
const agentsOrAll = commaList('Ids of agents, or `all`.', /all|\d{3,8}/);
const whichAgents = (list: readonly string[]) => (list.includes('all') ? ('all' as const) : [...list]);

const newAgent = z.strictObject({
  name: z.string().min(1).max(128).describe('Its name.'),
  ip: z
    .string()
    .min(1)
    .max(255)
    .describe('Its address, a network, or `any`, which it is unless given.')
    .optional(),
});
const span = z.string().regex(/^\d{1,9}[dhms]?$/);
const insertedAgent = newAgent.extend({
  id: agentId.optional(),
  key: z.string().min(64).max(MAX_TEXT_CHARS).describe('Its key; a new one unless given.').optional(),
  force: z
    .strictObject({
      enabled: z.boolean().describe('Whether an agent with the same name or address may be replaced.'),
      after_registration_time: span.describe('Only one that was registered longer ago.').optional(),
      disconnected_time: z
        .strictObject({ enabled: z.boolean(), value: span.optional() })
        .describe('Only one that is disconnected for longer.')
        .optional(),
    })
    .optional(),
});

/** What the endpoints that register agents answer. */
const registered = { kind: 'data', message: 'The agent was registered' } as const;

const reading: Endpoint[] = [
  endpoint({
    verb: 'GET',
    path: '/agents',
    tag,
    summary: 'Agents, in pages: which of them, in which order, and what of them.',
    method: 'agents.list',
    query: { ...listQuery, ...agentFilters, ...agents },
    ask: ({ query: { agents_list, ...list } }) => ({ args: { ...list, agents: agents_list } }),
    answer: { kind: 'items' },
  }),
  endpoint({
    verb: 'GET',
    path: '/agents/{agent_id}/key',
    tag,
    summary: 'The key of an agent, for installing it. Whoever has it is the agent: administrators only.',
    method: 'agents.key',
    params,
    ask: ({ params: { agent_id } }) => ({ args: { agents: [agent_id] } }),
    answer: { kind: 'item' },
  }),
  endpoint({
    verb: 'GET',
    path: '/agents/summary/status',
    tag,
    summary: 'How many agents there are by state of their connection and of their configuration.',
    method: 'agents.summary_status',
    ask: () => ({ args: {} }),
    answer: { kind: 'data', message: 'The agents were counted' },
  }),
];

const registering: Endpoint[] = [
  endpoint({
    verb: 'POST',
    path: '/agents',
    tag,
    summary: 'Registers an agent. Its key is on all nodes after their next integrity round.',
    method: 'agents.add',
    body: { json: newAgent },
    ask: ({ body }) => ({ args: body }),
    answer: registered,
  }),
  endpoint({
    verb: 'POST',
    path: '/agents/insert',
    tag,
    summary: 'Registers an agent with an id and a key of one’s own.',
    method: 'agents.add',
    body: { json: insertedAgent },
    ask: ({ body: { force, ...agent } }) => ({
      args: {
        ...agent,
        force: force?.enabled
          ? {
              disconnected_for: force.disconnected_time?.enabled ? force.disconnected_time.value : undefined,
              registered_for: force.after_registration_time,
            }
          : undefined,
      },
    }),
    answer: registered,
  }),
  endpoint({
    verb: 'POST',
    path: '/agents/insert/quick',
    tag,
    summary: 'Registers an agent of any address by its name.',
    method: 'agents.add',
    query: { agent_name: z.string().min(1).max(128).describe('Its name.') },
    ask: ({ query: { agent_name } }) => ({ args: { name: agent_name } }),
    answer: registered,
  }),
  endpoint({
    verb: 'DELETE',
    path: '/agents',
    tag,
    summary: 'Removes agents: those that are named, of them those that fit all filters.',
    method: 'agents.remove',
    query: {
      ...agentFilters,
      q: listQuery.q,
      agents_list: agentsOrAll,
      status: agentFilters.status.unwrap(),
      older_than: agentFilters.older_than.unwrap().default('7d'),
      purge: flag(
        'Drops names and keys from client.keys, too; the ids stay, so that nobody gets them again.',
      ).optional(),
    },
    ask: ({ query: { agents_list, ...filters } }) => ({
      args: { ...filters, agents: whichAgents(agents_list) },
    }),
    answer: { kind: 'items' },
  }),
];

const grouping: Endpoint[] = [
  endpoint({
    verb: 'PUT',
    path: '/agents/{agent_id}/group/{group_id}',
    tag,
    summary: 'Puts an agent into a group, behind those in which it is.',
    method: 'agents.assign_group',
    params: inGroup,
    query: { force_single_group: single },
    ask: ({ params: { agent_id, group_id }, query }) => ({
      args: { ...query, agents: [agent_id], group: group_id },
    }),
    answer: { kind: 'item' },
  }),
  endpoint({
    verb: 'PUT',
    path: '/agents/group',
    tag,
    summary: 'Puts agents into a group, behind those in which they are.',
    method: 'agents.assign_group',
    query: { agents_list: agentsList, group_id: groupId, force_single_group: single },
    ask: ({ query: { agents_list, group_id, ...query } }) => ({
      args: { ...query, agents: agents_list, group: group_id },
    }),
    answer: { kind: 'items' },
  }),
  endpoint({
    verb: 'DELETE',
    path: '/agents/{agent_id}/group/{group_id}',
    tag,
    summary: 'Takes an agent out of a group.',
    method: 'agents.remove_from_group',
    params: inGroup,
    ask: ({ params: { agent_id, group_id } }) => ({ args: { agents: [agent_id], groups: [group_id] } }),
    answer: { kind: 'item' },
  }),
  endpoint({
    verb: 'DELETE',
    path: '/agents/{agent_id}/group',
    tag,
    summary: 'Takes an agent out of groups, out of all of them if none is named.',
    method: 'agents.remove_from_group',
    params,
    query: { groups_list: groupsList.optional() },
    ask: ({ params: { agent_id }, query: { groups_list } }) => ({
      args: { agents: [agent_id], groups: groups_list },
    }),
    answer: { kind: 'item' },
  }),
  endpoint({
    verb: 'DELETE',
    path: '/agents/group',
    tag,
    summary: 'Takes agents out of a group.',
    method: 'agents.remove_from_group',
    query: { agents_list: agentsOrAll, group_id: groupId },
    ask: ({ query: { agents_list, group_id } }) => ({
      args: { agents: whichAgents(agents_list), groups: [group_id] },
    }),
    answer: { kind: 'items' },
  }),
];

/** What nodes know of the machines of their agents. */
const syscollector = endpoint({
  verb: 'GET',
  path: '/syscollector/{agent_id}/os',
  tag: 'Syscollector',
  summary: 'The operating system of an agent, asked of the node to which it reports.',
  method: 'syscollector.os',
  params,

  ask: ({ params: { agent_id } }) => ({ args: { agents: [agent_id] } }),
  answer: { kind: 'item' },
});

/** Who is an agent, and in which groups. */
export const agentEndpoints: readonly Endpoint[] = [...reading, ...registering, ...grouping, syscollector];
