import { fromPromise } from 'xstate';
import { connectorMachine, retryPauseMs } from '../../../machines/connection/connector.ts';
import type { Failure } from '../../../machines/failure.ts';
import type { Transport } from '../../transport/transport.ts';
import type { NodeRequests } from '../dapi/node-requests.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import { clientHandler } from './client-handler.ts';
import { told } from './failures.ts';

/** A node of Wazuh 4.x that cannot decrypt what it hears closes the connection, and says nothing. */
const closedEarly = ({ dialectMemory }: NodeServices) =>
  dialectMemory.lastUnanswered === 'wazuh4'
    ? 'it closed the connection and answered nothing, as a node of Wazuh 4.x does where the cluster keys differ'
    : 'it closed the connection';

/** The worker's way to its master, with its effects. */
export function connector(
  services: NodeServices,
  transfers: Transfers,
  transport: Transport,
  requests: NodeRequests,
) {
  const { config, connections, status, clock } = services;
  const log = services.log.tagged(`Worker ${config.nodeName}`, 'Main');
  const noteFailure = (failure: Failure | null) => {
    const { code, message } = failure ?? { code: 3103, message: 'the master closed the connection' };
    status.masterFailure = { code, message, at: new Date(clock.now()).toISOString() };
  };
  return connectorMachine.provide({
    actors: {
      handler: clientHandler(services, transfers, requests),
      connect: fromPromise<{ connectionId: number; remote: string }, undefined>(async ({ signal }) => {
        const timeoutMs = config.connection.handshakeTimeoutMs;
        const connection = await transport.connect({ timeoutMs, signal });
        return { connectionId: connections.add(connection), remote: connection.peer.address };
      }),
    },
    delays: { retry: ({ context }) => retryPauseMs(context, services.random()) },
    actions: {
      logWaiting: ({ context: { failure } }) => {
        const why = failure === null ? closedEarly(services) : told(failure);
        noteFailure(failure);
        log.error(`Could not connect to master: ${why}`);
      },
    },
  });
}
