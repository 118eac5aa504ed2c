import { z } from 'zod';
import { MAX_NODES } from '../limits.ts';
import { nodeType } from './node-list.ts';
import { count, nodeName, recordOf, shortText } from './shapes.ts';

/** Which nodes; null: all of them with the master. */
export const healthQuery = z.strictObject({ nodes: z.array(shortText).max(MAX_NODES).nullable() });

/** ISO 8601 in UTC, or `n/a`. */
const date = shortText;
const chunkSync = z
  .strictObject({ date_start_master: date, date_end_master: date, n_synced_chunks: count })
  .meta({ id: 'AgentInfoSync', description: 'when agent-info was stored last' });
const groupSync = z
  .strictObject({ date_start: date, date_end: date, n_synced_chunks: count })
  .meta({ id: 'AgentGroupsSync', description: 'when agent-groups were sent last' });

export const nodeHealth = z
  .strictObject({
    info: z.strictObject({
      name: nodeName,
      type: nodeType,
      version: shortText,
      ip: shortText,
      n_active_agents: count.nullable(),
    }),
    status: z
      .strictObject({
        sync_integrity_free: z.boolean(),
        last_check_integrity: z.strictObject({ date_start_master: date, date_end_master: date }),
        last_sync_integrity: z.strictObject({
          date_start_master: date,
          date_end_master: date,
          total_files: z.strictObject({ missing: count, shared: count, extra: count }),
        }),
        sync_agent_info_free: z.boolean(),
        last_sync_agentinfo: chunkSync,
        last_sync_agentgroup: groupSync,
        last_sync_full_agentgroup: groupSync,
        last_keep_alive: date,
      })
      .optional(),
  })
  .meta({ id: 'NodeHealth', description: 'what a node did last; dates are ISO 8601 in UTC, or `n/a`' });

export const healthReply = z.strictObject({
  n_connected_nodes: count,
  nodes: recordOf(nodeName, nodeHealth, MAX_NODES),
});

export const healthExample = {
  args: { nodes: null },
  reply: {
    n_connected_nodes: 0,
    nodes: {
      master: {
        info: {
          name: 'master',
          type: 'master' as const,
          version: '0.1.0',
          ip: '127.0.0.1',
          n_active_agents: null,
        },
      },
    },
  },
};
