import { z } from 'zod';
import { count, nothing, shortText, text, wireError } from '../../protocol/commands/shapes.ts';
import { MAX_TEXT_CHARS } from '../../protocol/limits.ts';
import { agentFilters, agentId, agentIds, agentItem, groupNames, timeSpan } from '../agent-shapes.ts';
import { listArgs } from '../list-args.ts';
import { itemsOf, method } from '../method.ts';

/** Who is an agent, as the master knows it. */
export const agentMethods = {
  'agents.list': method({
    type: 'local_master',
    summary:
      'Agents, the manager itself (`000`) included. Ids that are no agent are told in `failed` (1701), or left out if they do not fit the filters.',
    args: z.strictObject({ ...listArgs, ...agentFilters, agents: agentIds.optional() }),
    result: itemsOf(agentItem),
    example: {
      args: { status: ['active'], q: 'os.platform=ubuntu;id>100', sort: '-lastKeepAlive', limit: 2 },
      result: {
        items: [{ id: '101', name: 'web-01', status: 'active', group: ['web'], os: { platform: 'ubuntu' } }],
        totalItems: 1,
        failed: [],
        message: '1 agent',
      },
    },
  }),
  'agents.summary_status': method({
    type: 'local_master',
    summary: 'How many agents there are by status, without the manager itself.',
    args: nothing,
    result: z.strictObject({
      connection: z.strictObject({
        total: count,
        active: count,
        disconnected: count,
        never_connected: count,
        pending: count,
      }),
      configuration: z.strictObject({ total: count, synced: count, not_synced: count }),
    }),
    example: {
      args: {},
      result: {
        connection: { total: 3, active: 2, disconnected: 1, never_connected: 0, pending: 0 },
        configuration: { total: 3, synced: 2, not_synced: 1 },
      },
    },
  }),
  'agents.add': method({
    type: 'local_master',
    writes: true,
    summary:
      'Registers an agent. Its key is on all nodes after their next integrity round. A `warning` (3216) says that it is registered, but not in the agent store yet.',
    args: z.strictObject({
      name: shortText,
      /** An address, a network, or `any`, which it is unless given. */
      ip: shortText.optional(),
      /** The next one unless given. */
      id: agentId.optional(),
      /** A new one unless given: 64 characters. */
      key: shortText.optional(),
      groups: groupNames.optional(),
      /** When an agent with the same name or address may be replaced; never unless given. */
      force: z
        .strictObject({
          /** Only if it is disconnected for longer than this; left out: whenever. */
          disconnected_for: timeSpan.optional(),
          /** Only if it was registered longer ago than this. */
          registered_for: timeSpan.optional(),
        })
        .optional(),
    }),
    result: z.strictObject({
      id: agentId,
      name: text,
      ip: text,
      key: text,
      /** What is left to do; absent if nothing is. */
      warning: wireError.optional(),
    }),
    example: {
      args: { name: 'web-02', ip: 'any' },
      result: { id: '102', name: 'web-02', ip: 'any', key: 'a'.repeat(64) },
    },
  }),
  'agents.remove': method({
    type: 'local_master',
    writes: true,
    summary:
      'Removes agents: those that are named, of them those that fit all filters; all that fit with `agents` `all`, which needs a filter. Those that do not fit are told in `failed` (1731), and those that are removed, but still in the agent store (3216).',
    args: z.strictObject({
      agents: z.union([agentIds, z.literal('all')]),
      ...agentFilters,
      q: listArgs.q,
      /** Drops name and key from client.keys too, where they otherwise stay, marked as removed. The id stays in any case. */
      purge: z.boolean().optional(),
    }),
    result: itemsOf(agentId),
    example: {
      args: { agents: 'all', status: ['never_connected'], older_than: '7d' },
      result: { items: ['101'], totalItems: 1, failed: [], message: '1 agent removed' },
    },
  }),
  'agents.key': method({
    type: 'local_master',
    confidential: true,
    summary:
      'The keys of agents, for installing them: the text that the agent imports. Whoever has one is that agent.',
    args: z.strictObject({ agents: agentIds }),
    result: itemsOf(z.strictObject({ id: agentId, key: z.string().max(MAX_TEXT_CHARS) })),
    example: {
      args: { agents: ['102'] },
      result: {
        items: [{ id: '102', key: 'MTAyIHdlYi0wMiBhbnkgYWFhYQ==' }],
        totalItems: 1,
        failed: [],
        message: '1 agent',
      },
    },
  }),
  'agents.assign_group': method({
    type: 'local_master',
    writes: true,
    summary: 'Puts agents into a group, behind those in which they are.',
    args: z.strictObject({
      agents: agentIds,
      group: shortText,
      /** Takes them out of all others. */
      force_single_group: z.boolean().optional(),
    }),
    result: itemsOf(agentId),
    example: {
      args: { agents: ['101', '999'], group: 'web' },
      result: {
        items: ['101'],
        totalItems: 1,
        failed: [{ error: { code: 1701, detail: null }, ids: ['999'] }],
        message: '1 agent in web',
      },
    },
  }),
  'agents.remove_from_group': method({
    type: 'local_master',
    writes: true,
    summary:
      'Takes agents out of groups, out of all of them if none is named. An agent without any is in `default` from then on.',
    args: z.strictObject({ agents: z.union([agentIds, z.literal('all')]), groups: groupNames.optional() }),
    result: itemsOf(agentId),
    example: {
      args: { agents: ['101'], groups: ['web'] },
      result: { items: ['101'], totalItems: 1, failed: [], message: '1 agent changed' },
    },
  }),
};
