import { type EventObject, fromCallback } from 'xstate';
import type { CommandName } from '../../protocol/commands.ts';
import type { Dialect } from '../../protocol/dialects/dialect.ts';
import { WAZUH4_HEADER_BYTES } from '../../protocol/dialects/wazuh4/limits.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { SharedRoom } from '../../protocol/shared-room.ts';
import type { Connection } from '../../transport/transport.ts';
import type { UnreadRoom } from '../../transport/unread-room.ts';
import { Channel } from '../channel.ts';
import { HeldConnection } from '../held-connection.ts';
import type { NodeServices } from '../services.ts';
import { asFailure } from './failures.ts';

export interface LinkOptions {
  /** True if the peer must say `hello` before anything else. */
  awaitsHello: boolean;
  /** True where what the peer speaks shows in its first bytes only: a client of the local socket. */
  showsDialect?: boolean;
  /** What its connections may hold together of messages that are not complete. */
  room?: SharedRoom;
  /** What they may leave unread together. */
  unreadRoom?: UnreadRoom;
  /** Turns a request of the peer into the event of the handler; null for what this handler does not serve. */
  toEvent(connectionId: number, counter: number, command: CommandName, args: never): EventObject | null;
  /** A request of the peer is answered with an error. */
  onRefused?(connectionId: number, command: string, error: MusterError): void;
  /** The connection is gone: whoever knew it forgets it. */
  onClosed?(connectionId: number): void;
}

/**
 * A handler's hold on its connection. Requests of the peer become events; what the handler has no event for is
 * refused here. When the handler ends, however it ends, the connection is dropped.
 */
export function link(services: NodeServices, options: LinkOptions) {
  return fromCallback<{ type: 'none' }, { connectionId: number }>(({ input, sendBack }) => {
    const { connectionId } = input;
    const connection = services.connections.take(connectionId);
    if (connection === undefined) {
      sendBack({
        type: 'link.closed',
        failure: { code: 3103, message: 'the connection ended before it was served' },
      });
      return;
    }
    const tellClosed = (error: MusterError | null) =>
      sendBack({ type: 'link.closed', failure: error === null ? null : asFailure(error) });
    const open = (opened: Connection, dialect: Dialect) => {
      const channel = new Channel({
        id: connectionId,
        connection: opened,
        dialect,
        clock: services.clock,
        awaitsHello: options.awaitsHello,
        ...(options.room && { room: options.room }),
        ...(options.unreadRoom && { unreadRoom: options.unreadRoom }),
        onRequest: (counter, command, args) => {
          const event = options.toEvent(connectionId, counter, command, args as never);
          if (event === null) channel.fail(counter, new MusterError(3109, `${command} is not served here`));
          else sendBack(event);
        },
        onRefused: (command, error) => options.onRefused?.(connectionId, command, error),
        onFrame: (frame) => {
          if (services.tap.isWatched)
            services.tap.frame({ connection: connectionId, peer: opened.peer.address, ...frame });
        },
        isWatched: () => services.tap.isWatched,
        onContent: (direction, counter, content) =>
          services.tap.content(connectionId, direction, counter, content),
        onClose: (error) => {
          services.channels.remove(connectionId);
          options.onClosed?.(connectionId);
          tellClosed(error);
        },
      });
      services.channels.add(channel);
    };
    if (options.showsDialect === true) {
      const onHead = (head: Uint8Array, held: Connection) => open(held, services.clientDialect(head));
      HeldConnection.await(connection, WAZUH4_HEADER_BYTES, onHead, tellClosed);
    } else open(connection, services.dialectOf(connection));
    return () => {
      const channel = services.channels.find(connectionId);
      if (channel === undefined) connection.destroy(null);
      else channel.destroy(null);
    };
  });
}
