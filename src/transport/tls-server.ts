import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { MusterError } from '../protocol/errors.ts';
import { tlsFault } from './faults.ts';
import { HANDSHAKE_TIMEOUT_MS, MAX_HANDSHAKES } from './limits.ts';
import { openPort } from './open-port.ts';
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
  const handshakes = new Handshakes();
  const server = createServer({ ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
  server.prependListener('connection', (socket: Socket) => {
    if (handshakes.begin(socket)) return;
    options.onRejected(
      addressOf(socket),
      new MusterError(3110, `${MAX_HANDSHAKES} handshakes are under way`),
    );
  });
  server.on('secureConnection', (socket) => {
    if (!handshakes.finish(socket)) return;
    try {
      options.onConnection(new StreamConnection(socket, identify(socket)));
    } catch (error) {
      socket.destroy();
      options.onRejected(addressOf(socket), MusterError.from(error, 3106));
    }
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    socket.destroy();
    if (!handshakes.finish(socket)) return;
    const peer = handshakes.addressOf(socket);
    options.onRejected(peer, tlsFault(peer, causeOf(error, socket)));
  });
  const listener = await openPort(server, address, options);
  return {
    address: listener.address,
    close: () => {
      handshakes.dropAll();
      return listener.close();
    },
  };
}

/** Sockets that were accepted and are not yet connections. */
class Handshakes {
  readonly #running = new Set<Socket>();
  /** The system forgets the address of a socket that its peer has closed; the log wants it. */
  readonly #addresses = new WeakMap<Socket, string>();

  /** False if there are too many: the socket is dropped then. */
  begin(socket: Socket): boolean {
    this.#addresses.set(socket, addressOf(socket));
    if (this.#running.size >= MAX_HANDSHAKES) {
      socket.destroy();
      return false;
    }
    this.#running.add(socket);
    socket.once('close', () => setImmediate(() => this.#running.delete(socket)));
    return true;
  }

  /** False if this handshake does not count (any more): it was dropped, and that was told. */
  finish(socket: TLSSocket): boolean {
    const plain = plainSocketOf(socket);
    return plain === undefined || this.#running.delete(plain);
  }

  addressOf(socket: TLSSocket): string {
    const plain = plainSocketOf(socket);
    return (plain && this.#addresses.get(plain)) ?? addressOf(socket);
  }

  dropAll(): void {
    const running = [...this.#running];
    this.#running.clear();
    for (const socket of running) socket.destroy();
  }
}

/** Node drops a client whose certificate it does not accept, and tells only the socket why. */
function causeOf(error: NodeJS.ErrnoException, socket: TLSSocket): NodeJS.ErrnoException {
  const { authorizationError: code } = socket as { authorizationError?: unknown };
  return typeof code === 'string' ? Object.assign(new Error(code, { cause: error }), { code }) : error;
}

function addressOf(socket: Socket): string {
  return `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
}

/** What a TLS socket was made of. Node has no public name for it; a test watches that this one stays. */
function plainSocketOf(socket: TLSSocket): Socket | undefined {
  return (socket as TLSSocket & { _parent?: Socket })._parent;
}
