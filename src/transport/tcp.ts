import { connect, type Socket } from 'node:net';
import type { DialectName } from '../protocol/dialects/dialect.ts';
import { beginsWithWazuh4Hello } from '../protocol/dialects/wazuh4/header.ts';
import { MusterError } from '../protocol/errors.ts';
import { hostPort, peerAddress } from './addresses.ts';
import { awaitHead, DIALECT_HEAD_BYTES } from './client-hello.ts';
import { dial } from './dial.ts';
import { openGuardedPort } from './guarded-port.ts';
import { HANDSHAKE_TIMEOUT_MS } from './limits.ts';
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
  dialect: 'muster',
});

/** The same of one that speaks the dialect of Wazuh 4.x. */
export const wazuh4StrangerAt = (socket: Socket): PeerIdentity => ({
  ...strangerAt(socket),
  dialect: 'wazuh4',
});

/**
 * Plain TCP: nobody is authenticated, everybody can read. Only for loopback, see policy.ts; or for a dialect that sees to
 * both itself.
 */
export class TcpTransport implements Transport {
  readonly name = 'tcp';
  readonly #address: { host: string; port: number };
  readonly #identify: (socket: Socket) => PeerIdentity;

  /** `dialect` is what is spoken on connections that are made. */
  constructor(address: { host: string; port: number }, dialect: DialectName = 'muster') {
    this.#address = address;
    this.#identify = dialect === 'muster' ? strangerAt : wazuh4StrangerAt;
  }

  listen(options: ListenOptions): Promise<Listener> {
    return openGuardedPort(this.#address, options, ({ socket, place }) => {
      const take = (peer: PeerIdentity) => options.onConnection(new StreamConnection(socket, peer, place));
      if (options.servesWazuh4 !== true) return take(strangerAt(socket));
      const fail = (error: MusterError) => {
        settle();
        place.drop(error);
      };
      const timer = setTimeout(() => fail(new MusterError(3104, 'no hello came')), HANDSHAKE_TIMEOUT_MS);
      const closed = () => fail(new MusterError(3103, 'it closed the connection before it said hello'));
      const settle = () => {
        clearTimeout(timer);
        socket.removeListener('close', closed);
      };
      socket.once('close', closed);
      awaitHead(socket, DIALECT_HEAD_BYTES, (head) => {
        settle();
        socket.unshift(head);
        take(beginsWithWazuh4Hello(head) === true ? wazuh4StrangerAt(socket) : strangerAt(socket));
      });
    });
  }

  connect(options: ConnectOptions): Promise<Connection> {
    return dial(
      {
        where: hostPort(this.#address),
        readyEvent: 'connect',
        open: () => connect(this.#address),
        adopt: (socket) => new StreamConnection(socket, this.#identify(socket)),
      },
      options,
    );
  }
}
