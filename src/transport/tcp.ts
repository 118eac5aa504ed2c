import { connect, createServer, type Socket } from 'node:net';
import { dialled } from './dial.ts';
import { STREAM_OPTIONS, WRITE_HIGH_WATER_BYTES } from './limits.ts';
import { openPort } from './open-port.ts';
import { StreamConnection } from './stream-connection.ts';
import type {
  Connection,
  ConnectOptions,
  Listener,
  ListenOptions,
  PeerIdentity,
  Transport,
} from './transport.ts';

/** A peer of which nothing is proven. */
export const strangerAt = (socket: Socket): PeerIdentity => ({
  address: `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`,
  nodeName: null,
  keyId: null,
  authenticated: false,
});

/** Plain TCP: nobody is authenticated, everybody can read. Only for loopback, see policy.ts. */
export class TcpTransport implements Transport {
  readonly name = 'tcp';
  readonly #address: { host: string; port: number };

  constructor(address: { host: string; port: number }) {
    this.#address = address;
  }

  listen(options: ListenOptions): Promise<Listener> {
    const server = createServer(
      { noDelay: true, pauseOnConnect: true, highWaterMark: WRITE_HIGH_WATER_BYTES },
      (socket) => options.onConnection(new StreamConnection(socket, strangerAt(socket))),
    );
    return openPort(server, this.#address, options);
  }

  async connect(options: ConnectOptions): Promise<Connection> {
    const socket = connect({ ...this.#address, noDelay: true, ...STREAM_OPTIONS });
    await dialled(socket, 'connect', `${this.#address.host}:${this.#address.port}`, options);
    return new StreamConnection(socket, strangerAt(socket));
  }
}
