import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { MusterError } from '../protocol/errors.ts';
import { awaitClientHello } from './client-hello.ts';
import { tlsFault } from './faults.ts';
import { type Newcomer, openGuardedPort } from './guarded-port.ts';
import { HANDSHAKE_CHECK_MS, HANDSHAKE_TIMEOUT_MS, MAX_HANDSHAKE_BYTES } from './limits.ts';
import { StreamConnection } from './stream-connection.ts';
import { wazuh4StrangerAt } from './tcp.ts';
import type { Listener, ListenOptions, PeerIdentity } from './transport.ts';

export interface TlsListening {
  address: { host: string; port: number };
  tls: TlsOptions;
  /** Whom a finished handshake has proven; throws 3106 for nobody. */
  identify(socket: TLSSocket): PeerIdentity;
}

/** Opens a TLS port. Handshakes are bounded in time, number and bytes; what fails is told to `onRejected`. Rejects with 3101. */
export async function listenTls(
  { address, tls, identify }: TlsListening,
  options: ListenOptions,
): Promise<Listener> {
  const handshakes = new Handshakes(options.onRejected);
  const server = createServer(tls);
  server.on('secureConnection', (socket) => {
    const newcomer = handshakes.finish(socket);
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
    const newcomer = handshakes.finish(socket);
    if (newcomer !== undefined) options.onRejected(newcomer.address, tlsFault(null, causeOf(error, socket)));
  });
  const admitPlain = ({ socket, place }: Newcomer) => {
    if (handshakes.finishPlain(socket) === undefined) return;
    options.onConnection(new StreamConnection(socket, wazuh4StrangerAt(socket), place));
  };
  const listener = await openGuardedPort(address, options, (newcomer) => {
    handshakes.begin(newcomer);
    const { socket } = newcomer;
    awaitClientHello(socket, {
      onHello: () => server.emit('connection', socket),
      onFault: (error) => newcomer.place.drop(error),
      onWazuh4: options.servesWazuh4 ? () => admitPlain(newcomer) : undefined,
    });
  });
  return {
    address: listener.address,
    close: () => {
      handshakes.dropAll();
      return listener.close();
    },
  };
}

/** Sockets in their handshake. Of each it is told once what became of it: it is taken out before. */
class Handshakes {
  readonly #running = new Map<Socket, { newcomer: Newcomer; watch: NodeJS.Timeout }>();
  readonly #onRejected: ListenOptions['onRejected'];

  constructor(onRejected: ListenOptions['onRejected']) {
    this.#onRejected = onRejected;
  }

  begin(newcomer: Newcomer): void {
    const { socket, address, place } = newcomer;
    place.drop = (error) => {
      if (this.#end(socket) === undefined) return;
      socket.destroy();
      this.#onRejected(address, error);
    };
    const watch = setInterval(() => {
      if (place.heldMs >= HANDSHAKE_TIMEOUT_MS)
        place.drop(new MusterError(3104, 'the TLS handshake came to no end'));
      else if (socket.bytesRead > MAX_HANDSHAKE_BYTES) place.drop(tooLong(socket.bytesRead));
    }, HANDSHAKE_CHECK_MS);
    this.#running.set(socket, { newcomer, watch });
    // What TLS has to say of it comes in the same turn of the loop, and says more.
    socket.once('close', () => setImmediate(() => place.drop(closedEarly())));
  }

  /** The newcomer to whom this socket belongs; undefined if it was dropped before. */
  finish(socket: TLSSocket): Newcomer | undefined {
    const plain = plainSocketOf(socket);
    return plain && this.#end(plain);
  }

  /** The same for one that will not have a handshake. */
  finishPlain(socket: Socket): Newcomer | undefined {
    return this.#end(socket);
  }

  dropAll(): void {
    for (const socket of [...this.#running.keys()]) {
      this.#end(socket);
      socket.destroy();
    }
  }

  #end(socket: Socket): Newcomer | undefined {
    const running = this.#running.get(socket);
    clearInterval(running?.watch);
    this.#running.delete(socket);
    return running?.newcomer;
  }
}

const tooLong = (sizeBytes: number) =>
  new MusterError(3113, `a TLS handshake of ${sizeBytes} bytes, at most ${MAX_HANDSHAKE_BYTES} are allowed`);
const closedEarly = () => new MusterError(3100, 'it closed the connection before it had begun to speak');

/** Node drops a client whose certificate it does not accept, and tells only the socket why. */
function causeOf(error: NodeJS.ErrnoException, socket: TLSSocket): NodeJS.ErrnoException {
  const { authorizationError: code } = socket as { authorizationError?: unknown };
  return typeof code === 'string' ? Object.assign(new Error(code, { cause: error }), { code }) : error;
}

/** What a TLS socket was made of. Node has no public name for it; a test watches that this one stays. */
function plainSocketOf(socket: TLSSocket): Socket | undefined {
  return (socket as TLSSocket & { _parent?: Socket })._parent;
}
