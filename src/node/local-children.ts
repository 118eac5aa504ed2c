import type { EventObject } from 'xstate';
import type { LocalHandlerInput } from '../../machines/connection/local-handler.ts';
import { child } from '../../machines/supervision/children.ts';
import { createDynamicSupervisor } from '../../machines/supervision/dynamic-supervisor.ts';
import { link } from '../../machines/supervision/link.ts';
import { inHome } from '../config/home.ts';
import { UnixTransport } from '../transport/unix.ts';
import type { NodeRequests } from './dapi/node-requests.ts';
import { listener } from './effects/listener.ts';
import { localHandler } from './effects/local-handler.ts';
import { RejectionLog } from './effects/rejection-log.ts';
import type { NodeServices } from './services.ts';
import { CLOSE_TIMEOUT_MS, LOCAL_IDLE_MS, MAX_LOCAL_CLIENTS, MAX_LOCAL_REQUESTS } from './settings.ts';
import { MAX_CHILD_END_MS, MAX_START_MS, supervisionEffects } from './supervision.ts';
import type { Transfers } from './transfers/index.ts';

/** The local socket and its clients, the same on every node. Specification: Local protocol. */
export function localChildren(
  services: NodeServices,
  transfers: Transfers,
  requests: NodeRequests,
  tell: (child: string, event: EventObject) => void,
  ready: () => void,
) {
  const { config } = services;
  const port = listener(services, {
    transport: new UnixTransport(inHome(config.home, 'localSocket')),
    tag: 'Local Server',
    rejections: new RejectionLog(services.clock, (line) =>
      services.log.tagged('Local Server', 'Main').warning(line),
    ),
    adopt: (connectionId) => {
      const input: LocalHandlerInput = {
        connectionId,
        requestTimeoutMs: config.intervals.communication.timeoutDapiRequestMs,
        idleTimeoutMs: LOCAL_IDLE_MS,
        closeTimeoutMs: CLOSE_TIMEOUT_MS,
        maxRequests: MAX_LOCAL_REQUESTS,
      };
      tell('localClients', { type: 'dynamic.start', child: connectionId, input } as EventObject);
    },
    onListening: () => {},
    ready,
  });
  return [
    child({
      id: 'localClients',
      logic: createDynamicSupervisor({
        id: 'localClients',
        logic: link(localHandler(services, transfers, requests)),
        maxChildren: MAX_LOCAL_CLIENTS,
        shutdownMs: MAX_CHILD_END_MS,
        effects: supervisionEffects(services, 'Local Server'),
      }),
      restart: 'permanent',
      shutdownMs: Number.POSITIVE_INFINITY,
    }),
    child({
      id: 'localListener',
      logic: link(port),
      input: { name: 'local', handlers: 'localClients' },
      restart: 'permanent',
      shutdownMs: MAX_CHILD_END_MS,
      awaitReadyMs: MAX_START_MS,
    }),
  ];
}
