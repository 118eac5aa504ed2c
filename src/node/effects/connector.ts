import { fromPromise } from 'xstate';
import { connectorMachine } from '../../../machines/connection/connector.ts';
import type { Transport } from '../../transport/transport.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import { clientHandler } from './client-handler.ts';

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
      logWaiting: ({ context: { failure } }) => {
        const why =
          failure === null ? 'it closed the connection' : `Error ${failure.code} - ${failure.message}`;
        log.error(`Could not connect to master: ${why}`);
      },
    },
  });
}
