import { agentEndpoints } from './agents.ts';
import { clusterEndpoints } from './cluster.ts';
import type { Endpoint } from './endpoint.ts';
import { fileEndpoints } from './files.ts';
import { groupEndpoints } from './groups.ts';

/** Every endpoint that is a method of the cluster. Specific paths stand for themselves: the order does not matter. */
export const endpoints: readonly Endpoint[] = [
  ...clusterEndpoints,
  ...agentEndpoints,
  ...groupEndpoints,
  ...fileEndpoints,
];
