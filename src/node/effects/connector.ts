import { fromPromise } from 'xstate';
import { connectorMachine } from '../../../machines/connection/connector.ts';
import type { Transport } from '../../transport/transport.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import { clientHandler } from './client-handler.ts';

/** Share of the pause that is left to chance, so that workers that lost their master do not return in one moment. */
const JITTER_SHARE = 0.5;

/** The worker's way to its master, with its effects. */
export function connector(services: NodeServices, transfers: Transfers, transport: Transport) {
  const { config, connections } = services;
  const log = services.log.tagged(`Worker ${config.nodeName}`, 'Main');
  return connectorMachine.provide({
    actors: {
      handler: clientHandler(services, transfers),
      connect: fromPromise<{ connectionId: number; remote: string }, undefined>(async ({ signal }) => {
        const timeoutMs = config.connection.handshakeTimeoutMs;
        const connection = await transport.connect({ timeoutMs, signal });
        return { connectionId: connections.add(connection), remote: connection.peer.address };
      }),
    },
    actions: {
      logWaiting: ({ context }) => {
        if (context.failure === null) return;
        log.error(`Could not connect to master: Error ${context.failure.code} - ${context.failure.message}`);
      },
    },
    delays: {
      retry: ({ context }) => {
        const fullMs = Math.min(context.maxRetryMs, context.retryMs * 2 ** Math.max(0, context.attempts - 1));
        return fullMs * (1 - JITTER_SHARE * services.random());
      },
    },
  });
}
