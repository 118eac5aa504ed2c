import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { MusterError } from '../protocol/errors.ts';
import { tlsFault } from './faults.ts';
import { type Newcomer, openGuardedPort } from './guarded-port.ts';
import { HANDSHAKE_TIMEOUT_MS } from './limits.ts';
import { StreamConnection } from './stream-connection.ts';
import type { Listener, ListenOptions, PeerIdentity } from './transport.ts';

export interface TlsListening {
  address: { host: string; port: number };
  tls: TlsOptions;
  /** Whom a finished handshake has proven; throws 3106 for nobody. */
  identify(socket: TLSSocket): PeerIdentity;
}

/** Opens a TLS port. Handshakes are bounded in time and in number; what fails is told to `onRejected`. */
export async function listenTls(
  { address, tls, identify }: TlsListening,
  options: ListenOptions,
): Promise<Listener> {
  /** Sockets in their handshake. Whoever is taken out of here has been told of. */
  const handshakes = new Map<Socket, Newcomer>();
  const server = createServer({ ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
  const finish = (socket: TLSSocket): Newcomer | undefined => {
    const plain = plainSocketOf(socket);
    const newcomer = plain && handshakes.get(plain);
    if (plain !== undefined) handshakes.delete(plain);
    return newcomer;
  };
  server.on('secureConnection', (socket) => {
    const newcomer = finish(socket);
    if (newcomer === undefined) return;
    try {
      options.onConnection(new StreamConnection(socket, identify(socket), newcomer.place));
    } catch (error) {
      socket.destroy();
      options.onRejected(newcomer.address, MusterError.from(error, 3106));
    }
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    socket.destroy();
    const newcomer = finish(socket);
    if (newcomer === undefined) return;
    options.onRejected(newcomer.address, tlsFault(newcomer.address, causeOf(error, socket)));
  });
  const listener = await openGuardedPort(address, options, (newcomer) => {
    const { socket, place } = newcomer;
    const { drop } = place;
    place.drop = (error) => {
      handshakes.delete(socket);
      drop(error);
    };
    handshakes.set(socket, newcomer);
    socket.once('close', () => setImmediate(() => handshakes.delete(socket)));
    server.emit('connection', socket);
  });
  return {
    address: listener.address,
    close: () => {
      const dropped = [...handshakes.keys()];
      handshakes.clear();
      for (const socket of dropped) socket.destroy();
      return listener.close();
    },
  };
}

/** Node drops a client whose certificate it does not accept, and tells only the socket why. */
function causeOf(error: NodeJS.ErrnoException, socket: TLSSocket): NodeJS.ErrnoException {
  const { authorizationError: code } = socket as { authorizationError?: unknown };
  return typeof code === 'string' ? Object.assign(new Error(code, { cause: error }), { code }) : error;
}

/** What a TLS socket was made of. Node has no public name for it; a test watches that this one stays. */
function plainSocketOf(socket: TLSSocket): Socket | undefined {
  return (socket as TLSSocket & { _parent?: Socket })._parent;
}
