import { fromPromise } from 'xstate';
import { connectorMachine, retryPauseMs } from '../../../machines/connection/connector.ts';
import type { Failure } from '../../../machines/failure.ts';
import { hostPort } from '../../transport/addresses.ts';
import type { Transport } from '../../transport/transport.ts';
import type { NodeRequests } from '../dapi/node-requests.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import { clientHandler } from './client-handler.ts';
import { told } from './failures.ts';

/** A node of Wazuh 4.x that cannot decrypt what it hears closes the connection, and says nothing. */
const closedEarly = ({ dialectMemory }: NodeServices, where: string) =>
  dialectMemory.lastUnanswered === 'wazuh4'
    ? `${where} closed the connection and answered nothing, as a node of Wazuh 4.x does where the cluster keys differ`
    : `${where} closed the connection`;

/** The worker's way to its master, with its effects. */
export function connector(
  services: NodeServices,
  transfers: Transfers,
  transport: Transport,
  requests: NodeRequests,
) {
  const { config, connections, status, clock } = services;
  const log = services.log.tagged(`Worker ${config.nodeName}`, 'Main');
  const where = hostPort(config.masterAddress);
  const noteFailure = (failure: Failure | null) => {
    const { code, message } = failure ?? {
      code: 3103,
      message: `the master at ${where} closed the connection`,
    };
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
      logSlow: () =>
        log.info(
          `Waiting for the master at ${where} to take the connection. If it stays silent, see that it runs, and that nothing else serves this port.`,
        ),
      logWaiting: ({ context: { failure } }) => {
        const why = failure === null ? closedEarly(services, where) : told(failure);
        noteFailure(failure);
        log.error(`Could not connect to master: ${why}`);
      },
    },
  });
}
