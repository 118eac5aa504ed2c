import type { TLSSocket } from 'node:tls';
import { NODE_NAME } from '../protocol/commands/shapes.ts';
import { MusterError } from '../protocol/errors.ts';
import { strangerAt } from './tcp.ts';
import { dialTls } from './tls-client.ts';
import { listenTls } from './tls-server.ts';
import type {
  Connection,
  ConnectOptions,
  Listener,
  ListenOptions,
  PeerIdentity,
  Transport,
} from './transport.ts';

const TLS_VERSION = 'TLSv1.3';

export interface CertificateOptions {
  host: string;
  port: number;
  /** PEM texts: this node's certificate, its private key, and the authority that signs the cluster's certificates. */
  certificate: string;
  privateKey: string;
  authority: string;
  /** Name in the certificate of the node that is connected to; null accepts every node of the authority. */
  serverName: string | null;
}

/** TLS 1.3 with a certificate on both sides. The node name is the common name of the peer's certificate. */
export class TlsCertificateTransport implements Transport {
  readonly name = 'tls-certificate';
  readonly #options: CertificateOptions;

  constructor(options: CertificateOptions) {
    this.#options = options;
  }

  get #tls() {
    const { certificate: cert, privateKey: key, authority: ca } = this.#options;
    return { cert, key, ca, minVersion: TLS_VERSION, maxVersion: TLS_VERSION } as const;
  }

  listen(options: ListenOptions): Promise<Listener> {
    const { host, port } = this.#options;
    const tls = { ...this.#tls, requestCert: true, rejectUnauthorized: true };
    return listenTls({ address: { host, port }, tls, identify: identityOf }, options);
  }

  connect(options: ConnectOptions): Promise<Connection> {
    const { host, port, serverName } = this.#options;
    const identify = (socket: TLSSocket) => {
      const identity = identityOf(socket);
      if (serverName === null || identity.nodeName === serverName) return identity;
      throw new MusterError(
        3106,
        `the certificate is that of ${identity.nodeName}, not that of ${serverName}`,
      );
    };
    return dialTls({ address: { host, port }, tls: this.#tls, identify }, options);
  }
}

/** Throws 3106 for a certificate that names no node: whoever holds it could otherwise take any name. */
function identityOf(socket: TLSSocket): PeerIdentity {
  const name: unknown = socket.getPeerCertificate()?.subject?.CN;
  if (socket.authorized && typeof name === 'string' && NODE_NAME.test(name))
    return { ...strangerAt(socket), nodeName: name, authenticated: true };
  throw new MusterError(3106, 'the common name of its certificate is no node name');
}
