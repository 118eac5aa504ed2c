import type { AnyActorRef, EventObject } from 'xstate';
import { child } from '../../machines/supervision/children.ts';
import { link } from '../../machines/supervision/link.ts';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';
import type { Transport } from '../transport/transport.ts';
import { registryChild, storeChild } from './agent-children.ts';
import { connector } from './effects/connector.ts';
import { localChildren } from './local-children.ts';
import { registrationChild } from './registration-child.ts';
import { nodeRequests, requestsChild } from './requests-child.ts';
import type { NodeServices } from './services.ts';
import { CONNECT_RETRY_MS, clientSettings } from './settings.ts';
import { spoolSweep } from './spool-sweep.ts';
import { MAX_CHILD_END_MS, RESTARTS, supervisionEffects } from './supervision.ts';
import type { Transfers } from './transfers/index.ts';

/** The tree of a worker. The local socket outlives every connection to the master. Specification: Architecture, Worker. */
export function workerTree(
  services: NodeServices,
  transfers: Transfers,
  transport: Transport,
  root: () => AnyActorRef,
) {
  const { config } = services;
  const tell = (name: string, event: EventObject) =>
    root().send({ type: 'supervisor.send', child: name, event });
  const requests = nodeRequests(services, transfers, root);
  return createSupervisor({
    id: 'worker',
    strategy: 'one_for_one',
    ...RESTARTS,
    effects: supervisionEffects(services, `Worker ${config.nodeName}`),
    children: [
      storeChild(services, {
        ready: () => root().send({ type: 'supervisor.ready', child: 'agentStore' }),
        groupsChanged: () => tell('connector', { type: 'groups.changed' }),
      }),
      registryChild(services),
      spoolSweep(services, transfers),
      requestsChild(services, requests),
      ...localChildren(services, transfers, requests, tell, () =>
        root().send({ type: 'supervisor.ready', child: 'localListener' }),
      ),
      child({
        id: 'connector',
        logic: link(connector(services, transfers, transport, requests)),
        input: {
          settings: clientSettings(config),
          retryMs: Math.min(CONNECT_RETRY_MS, config.intervals.worker.connectionRetryMs),
          maxRetryMs: config.intervals.worker.connectionRetryMs,
        },
        restart: 'permanent',
        shutdownMs: MAX_CHILD_END_MS,
      }),
      registrationChild(services, {
        ready: () => root().send({ type: 'supervisor.ready', child: 'registration' }),
        forward: requests.toMaster.registration,
      }),
    ],
  });
}
