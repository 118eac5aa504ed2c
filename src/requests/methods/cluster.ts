import { z } from 'zod';
import { nodeHealth } from '../../protocol/commands/node-health.ts';
import { nodeInfo, nodeType } from '../../protocol/commands/node-list.ts';
import { clusterName, nodeName, nothing, shortText } from '../../protocol/commands/shapes.ts';
import { MAX_NODES } from '../../protocol/limits.ts';
import { listArgs } from '../list-args.ts';
import { itemsOf, method } from '../method.ts';

const yesOrNo = z.enum(['yes', 'no']);
const names = z.array(nodeName).min(1).max(MAX_NODES);

/** About the cluster as a whole, and the node that is asked. */
export const clusterMethods = {
  'cluster.local_info': method({
    type: 'local_any',
    summary: 'The name, the role and the cluster of the node that answers.',
    args: nothing,
    result: z.strictObject({
      node: nodeName,
      cluster: clusterName,
      type: nodeType,
      version: shortText,
    }),
    example: { args: {}, result: { node: 'worker1', cluster: 'wazuh', type: 'worker', version: '0.1.0' } },
  }),
  'cluster.local_config': method({
    type: 'local_any',
    summary: 'The cluster configuration in force at the node that answers. The key is not told.',
    args: nothing,
    result: z.strictObject({
      name: clusterName,
      node_name: nodeName,
      node_type: nodeType,
      port: z.int().min(0).max(65_535),
      bind_addr: shortText,
      nodes: z.array(shortText).max(MAX_NODES),
      hidden: yesOrNo,
      disabled: z.boolean(),
    }),
    example: {
      args: {},
      result: {
        name: 'wazuh',
        node_name: 'worker1',
        node_type: 'worker',
        port: 1516,
        bind_addr: '0.0.0.0',
        nodes: ['10.0.0.1'],
        hidden: 'no',
        disabled: false,
      },
    },
  }),
  'cluster.status': method({
    type: 'local_any',
    summary: 'Whether the cluster is enabled and running at the node that answers.',
    args: nothing,
    result: z.strictObject({ enabled: yesOrNo, running: yesOrNo }),
    example: { args: {}, result: { enabled: 'yes', running: 'yes' } },
  }),
  'cluster.nodes': method({
    type: 'local_master',
    summary: 'The nodes of the cluster. Names that are no node of it are told in `failed` (1730).',
    args: z.strictObject({ ...listArgs, nodes: names.optional(), type: nodeType.optional() }),
    result: itemsOf(nodeInfo),
    example: {
      args: { type: 'worker', sort: '-name' },
      result: {
        items: [{ name: 'worker1', type: 'worker', version: '0.1.0', ip: '10.0.0.2' }],
        totalItems: 1,
        failed: [],
        message: '1 node',
      },
    },
  }),
  'cluster.health': method({
    type: 'local_master',
    summary: 'What each node did last, and when. Names that are no node are told in `failed` (1730).',
    args: z.strictObject({ nodes: names.optional() }),
    result: itemsOf(nodeHealth),
    example: {
      args: { nodes: ['master', 'nobody'] },
      result: {
        items: [
          {
            info: { name: 'master', type: 'master', version: '0.1.0', ip: '10.0.0.1', n_active_agents: 2 },
          },
        ],
        totalItems: 1,
        failed: [{ error: { code: 1730, detail: null }, ids: ['nobody'] }],
        message: '1 node',
      },
    },
  }),
  'cluster.ruleset_synchronization': method({
    type: 'local_master',
    summary: 'Whether each worker has the rules, decoders and lists of the master.',
    args: z.strictObject({ nodes: names.optional() }),
    result: itemsOf(z.strictObject({ name: nodeName, synced: z.boolean() })),
    example: {
      args: {},
      result: { items: [{ name: 'worker1', synced: true }], totalItems: 1, failed: [], message: '1 node' },
    },
  }),
};
