import { z } from 'zod';
import {
  MAX_FILES,
  MAX_INTEGER,
  MAX_NODES,
  MAX_REQUEST_VALUES,
  MAX_SHORT_TEXT_CHARS,
} from '../../../limits.ts';
import { json } from '../codec.ts';
import {
  WAZUH4_MAX_COUNT_NAME_CHARS,
  WAZUH4_MAX_FIELDS,
  WAZUH4_MAX_HEALTH_BYTES,
  WAZUH4_MAX_HEALTH_VALUES,
  WAZUH4_MAX_NODES_BYTES,
  WAZUH4_MAX_NODES_VALUES,
  WAZUH4_MAX_QUERY_BYTES,
} from '../limits.ts';
import { row } from './row.ts';

const shortText = z.string().max(MAX_SHORT_TEXT_CHARS);
const few = { maxBytes: WAZUH4_MAX_QUERY_BYTES, maxValues: MAX_REQUEST_VALUES };
const count = z.int().min(0).max(MAX_INTEGER);
const names = z.array(shortText).max(MAX_NODES);

/** Which nodes, and what of them. Numbers and words out of range are for whoever answers: each has a code of its own. */
export const nodesQuery = z.strictObject({
  filter_node: z.union([shortText, names]).nullable().optional(),
  offset: z.number().nullable().optional(),
  limit: z.number().nullable().optional(),
  sort: z
    .strictObject({ fields: z.array(shortText).max(WAZUH4_MAX_FIELDS), order: shortText })
    .nullable()
    .optional(),
  search: z.strictObject({ value: shortText, negation: z.boolean() }).nullable().optional(),
  select: z.array(shortText).max(WAZUH4_MAX_FIELDS).nullable().optional(),
  filter_type: shortText.nullable().optional(),
  distinct: z.boolean().nullable().optional(),
});

const nodeInfo = z.object({ name: shortText, type: shortText, version: shortText, ip: shortText }).partial();
export const nodesReply = z.object({ items: z.array(nodeInfo).max(MAX_NODES), totalItems: count });

/** Null: every node. An empty object: the workers. A text: the workers whose name is a part of it. */
export const healthQuery = z.union([z.null(), z.strictObject({}), names, shortText]);

const times = { date_start_master: shortText, date_end_master: shortText };
const groups = z.object({ date_start: shortText, date_end: shortText, n_synced_chunks: count });
const nodeStatus = z.object({
  sync_integrity_free: z.boolean(),
  last_check_integrity: z.object(times),
  last_sync_integrity: z.object({
    ...times,
    total_extra_valid: count.optional(),
    total_files: z.record(z.string().max(WAZUH4_MAX_COUNT_NAME_CHARS), count),
  }),
  sync_agent_info_free: z.boolean(),
  last_sync_agentinfo: z.object({ ...times, n_synced_chunks: count }),
  last_sync_agentgroup: groups,
  last_sync_full_agentgroup: groups,
  last_keep_alive: shortText,
});

export const healthReply = z.object({
  n_connected_nodes: count,
  nodes: z
    .record(
      shortText,
      z.object({
        info: z.object({
          name: shortText,
          type: shortText,
          version: shortText,
          ip: shortText,
          n_active_agents: count,
        }),
        status: nodeStatus.optional(),
      }),
    )
    .refine((record) => Object.keys(record).length <= MAX_NODES, `more than ${MAX_NODES} nodes`),
});

/** The configuration of the cluster in force: the key is among it. */
export const clusterConfig = z.object({
  name: shortText,
  node_name: shortText,
  node_type: shortText,
  key: shortText,
  port: z.int().min(0).max(65_535),
  bind_addr: shortText,
  nodes: names,
  hidden: shortText,
  disabled: z.boolean(),
});

/** Path to BLAKE2b digest. */
export const hashes = z
  .record(z.string(), z.string().regex(/^[0-9a-f]{128}$/))
  .refine((record) => Object.keys(record).length <= MAX_FILES, `more than ${MAX_FILES} files`);

export const nodesJson = json('nodes', nodesReply, {
  maxBytes: WAZUH4_MAX_NODES_BYTES,
  maxValues: WAZUH4_MAX_NODES_VALUES,
});
export const healthJson = json('health', healthReply, {
  maxBytes: WAZUH4_MAX_HEALTH_BYTES,
  maxValues: WAZUH4_MAX_HEALTH_VALUES,
});
export const nodesQueryJson = json('query', nodesQuery, few);
export const healthQueryJson = json('null, {}, names or text', healthQuery, few);

/** What nodes ask the master about the cluster. */
export const nodeRows = {
  get_nodes: row(['master'], nodesQueryJson, nodesJson),
  get_health: row(['master'], healthQueryJson, healthJson),
};
