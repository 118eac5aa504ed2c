import { z } from 'zod';
import { MAX_NODES, MAX_PAGE_ITEMS } from '../limits.ts';
import { count, hex128, nodeName, shortText, wireError } from './shapes.ts';

const field = z.enum(['name', 'type', 'version', 'ip']);
export const nodeType = z.enum(['master', 'worker']);

/** What `get_nodes` may be asked; every key may be left out. */
export const nodesQuery = z
  .strictObject({
    filter_node: z.union([shortText, z.array(shortText).max(MAX_NODES)]).optional(),
    filter_type: z.enum(['all', 'master', 'worker']).optional(),
    offset: count.optional(),
    limit: z.int().min(1).max(MAX_PAGE_ITEMS).optional(),
    sort: z.strictObject({ fields: z.array(field).max(4), order: z.enum(['asc', 'desc']) }).optional(),
    search: z.strictObject({ value: shortText, negation: z.boolean() }).optional(),
    select: z.array(field).max(4).optional(),
    distinct: z.boolean().optional(),
  })
  .meta({ id: 'NodesQuery', description: 'which nodes, in which order; every key may be left out' });

/** One node. The first four may be deselected; the others are there where they are known. */
export const nodeInfo = z
  .strictObject({
    name: nodeName,
    type: nodeType,
    version: shortText,
    ip: shortText,
    session: count,
    digest: hex128.nullable(),
    inStep: z.boolean().nullable(),
    connectedAt: shortText.nullable(),
    lastKeepaliveAt: shortText.nullable(),
    /** Of the master: why it cannot look at its files, and since when. */
    scanFailure: z.strictObject({ since: shortText, error: wireError }),
  })
  .partial()
  .meta({ id: 'NodeInfo', description: 'one node of the list' });

export const nodesReply = z.strictObject({ items: z.array(nodeInfo).max(MAX_NODES), totalItems: count });

export const nodesExample = {
  args: { filter_type: 'worker' as const, limit: 500 },
  reply: {
    items: [{ name: 'worker1', type: 'worker' as const, version: '0.1.0', ip: '127.0.0.1' }],
    totalItems: 1,
  },
};
