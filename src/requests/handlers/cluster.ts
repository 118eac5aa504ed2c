import type { Handlers } from '../handlers.ts';
import type { clusterMethods } from '../methods/cluster.ts';

/** Answers about the cluster as a whole, and about the node that is asked. */
export const clusterHandlers: Partial<Handlers<keyof typeof clusterMethods>> = {
  'cluster.local_info': async (_args, { services: { config, version } }) => ({
    node: config.nodeName,
    cluster: config.clusterName,
    type: config.role,
    version,
  }),
};
