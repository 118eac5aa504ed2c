import { type EventObject, fromCallback } from 'xstate';
import { type ListenerInput, listenerMachine } from '../../../machines/connection/listener.ts';
import type { Transport } from '../../transport/transport.ts';
import type { NodeServices } from '../services.ts';
import { asFailure } from './failures.ts';
import type { RejectionLog } from './rejection-log.ts';

export interface ListenerEffects {
  transport: Transport;
  /** Tag of its log lines. */
  tag: string;
  /** Whether nodes of Wazuh 4.x may connect. */
  servesWazuh4?: boolean;
  /** Makes the connection a child of its dynamic supervisor. */
  adopt(connectionId: number, remote: string, handshakeMs: number): void;
  /** Tells of those that were turned away. */
  rejections: RejectionLog;
  onListening(address: string): void;
  /** Tells the supervisor that the next child may start. */
  ready(self: object): void;
}

/** An open port, with its effects. */
export function listener(services: NodeServices, effects: ListenerEffects) {
  const log = services.log.tagged(effects.tag, 'Main');
  return listenerMachine.provide({
    actors: {
      port: fromCallback<{ type: 'none' }, ListenerInput, EventObject>(({ sendBack }) => {
        let isOver = false;
        const opening = effects.transport.listen({
          servesWazuh4: effects.servesWazuh4 ?? false,
          onConnection: (connection) => {
            const connectionId = services.connections.add(connection);
            const { peer, handshakeMs } = connection;
            sendBack({ type: 'listen.connection', connectionId, remote: peer.address, handshakeMs });
          },
          onRejected: (remote, error) =>
            sendBack({ type: 'listen.rejected', remote, failure: asFailure(error) }),
          onError: (error) => sendBack({ type: 'listen.failed', failure: asFailure(error) }),
        });
        opening.then(
          (opened) => {
            if (isOver) void opened.close();
            else sendBack({ type: 'listen.opened', address: opened.address });
          },
          (error) => {
            if (!isOver) sendBack({ type: 'listen.failed', failure: asFailure(error) });
          },
        );
        return () => {
          isOver = true;
          opening.then(
            (opened) => opened.close(),
            () => {
              // It was never open, and that has been told.
            },
          );
        };
      }),
    },
    actions: {
      adopt: (_, { connectionId, remote, handshakeMs }) => effects.adopt(connectionId, remote, handshakeMs),
      reportReady: ({ self }) => effects.ready(self),
      logListening: ({ context }) => {
        effects.onListening(context.address ?? '');
        log.info(`Serving on ${context.address}`);
      },
      logRejected: (_, { remote, failure }) =>
        effects.rejections.note(`Rejected a connection from ${remote}`, failure),
    },
  });
}
