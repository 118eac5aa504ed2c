import type { ArgsOf, ReplyOf } from '../../protocol/commands.ts';
import type { NodeServices } from '../services.ts';
import { health } from './health.ts';
import { masterChannel } from './master-channel.ts';
import { listNodes } from './nodes.ts';

/** The cluster as this node can tell it: a worker asks its master (3023 while it has none), until nobody waits any more. */
export interface ClusterView {
  nodes(query: ArgsOf<'get_nodes'>, signal?: AbortSignal): Promise<ReplyOf<'get_nodes'>>;
  health(query: ArgsOf<'get_health'>, signal?: AbortSignal): Promise<ReplyOf<'get_health'>>;
}

export function clusterView(services: NodeServices): ClusterView {
  const { config } = services;
  const timeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const isMaster = config.role === 'master';
  return {
    nodes: async (query, signal) =>
      isMaster
        ? listNodes(services, query)
        : masterChannel(services).request('get_nodes', query, { timeoutMs, ...(signal && { signal }) }),
    health: async (query, signal) =>
      isMaster
        ? health(services, query)
        : masterChannel(services).request('get_health', query, { timeoutMs, ...(signal && { signal }) }),
  };
}
