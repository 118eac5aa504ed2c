import { connect, type Socket } from 'node:net';
import { hostPort, peerAddress } from './addresses.ts';
import { dial } from './dial.ts';
import { openGuardedPort } from './guarded-port.ts';
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
  address: peerAddress(socket),
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
    return openGuardedPort(this.#address, options, ({ socket, place }) =>
      options.onConnection(new StreamConnection(socket, strangerAt(socket), place)),
    );
  }

  connect(options: ConnectOptions): Promise<Connection> {
    return dial(
      {
        where: hostPort(this.#address),
        readyEvent: 'connect',
        open: () => connect(this.#address),
        adopt: (socket) => new StreamConnection(socket, strangerAt(socket)),
      },
      options,
    );
  }
}
