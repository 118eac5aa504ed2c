import type { ArgsOf, ReplyOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { Channel } from '../channel.ts';
import type { NodeServices } from '../services.ts';
import { told } from './failures.ts';
import { health } from './health.ts';
import { listNodes } from './nodes.ts';

/** The cluster as this node can tell it: a worker asks its master. */
export interface ClusterView {
  /** The way to the master, of a worker. Throws 3023, with the reason, while there is none. */
  master(): Channel;
  nodes(query: ArgsOf<'get_nodes'>): Promise<ReplyOf<'get_nodes'>>;
  health(query: ArgsOf<'get_health'>): Promise<ReplyOf<'get_health'>>;
}

export function clusterView(services: NodeServices): ClusterView {
  const { config, status, channels } = services;
  const timeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const isMaster = config.role === 'master';
  const master = () => {
    const channel = channels.master();
    // Whoever asks wants to know why, too.
    if (channel === undefined || status.master === null)
      throw new MusterError(3023, status.masterFailure && told(status.masterFailure));
    return channel;
  };
  return {
    master,
    nodes: async (query) =>
      isMaster ? listNodes(services, query) : master().request('get_nodes', query, { timeoutMs }),
    health: async (query) =>
      isMaster ? health(services, query) : master().request('get_health', query, { timeoutMs }),
  };
}
