import type { HandlerServices } from '../../requests/handlers.ts';
import { clusterDiff } from '../effects/cluster-diff.ts';
import { clusterView } from '../effects/cluster-view.ts';
import { nodeStatus } from '../effects/local-answers.ts';
import type { NodeServices } from '../services.ts';

/** What of this node its handlers may use. */
export function handlerServices(services: NodeServices, triggerIntegrity: () => void): HandlerServices {
  const { config, version, index, store, registration } = services;
  const { nodes, health } = clusterView(services);
  return {
    config,
    version,
    files: index,
    store: (signal) => store.forRequests(signal),
    registration: () => registration.current,
    nodes,
    health,
    diff: ({ node }, options) => clusterDiff(services, node, options),
    status: () => nodeStatus(services),
    triggerIntegrity,
  };
}
