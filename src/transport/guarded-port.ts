import { createServer, type Socket } from 'node:net';
import { MusterError } from '../protocol/errors.ts';
import { peerAddress } from './addresses.ts';
import { openPort } from './open-port.ts';
import type { Listener, ListenOptions } from './transport.ts';
import { type Place, Unadmitted } from './unadmitted.ts';

/** A socket that was accepted and has a place. */
export interface Newcomer {
  readonly socket: Socket;
  readonly place: Place;
  /** Its address for people; the system forgets it when the peer has gone. */
  readonly address: string;
}

/**
 * Opens a port on which strangers may knock: only sockets that find a place among the unadmitted are handed on, not yet
 * read from. The others are dropped, and told to `onRejected`. Rejects with 3101.
 */
export function openGuardedPort(
  where: { host: string; port: number },
  options: ListenOptions,
  onNewcomer: (newcomer: Newcomer) => void,
): Promise<Listener> {
  const unadmitted = new Unadmitted();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const address = peerAddress(socket);
    const drop = (error: MusterError) => {
      socket.destroy();
      options.onRejected(address, error);
    };
    // A socket that its peer resets before anybody has taken it over must not bring the process down.
    socket.on('error', () => socket.destroy());
    try {
      onNewcomer({ socket, address, place: unadmitted.enter(socket, drop) });
    } catch (error) {
      drop(MusterError.from(error));
    }
  });
  return openPort(server, where, options);
}
