import { z } from 'zod';
import { nodeType } from '../../protocol/commands/node-list.ts';
import { clusterName, nodeName, nothing, shortText } from '../../protocol/commands/shapes.ts';
import { method } from '../method.ts';

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
};
