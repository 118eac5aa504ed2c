import { connect, type TLSSocket } from 'node:tls';
import { dialled } from './dial.ts';
import { STREAM_OPTIONS } from './limits.ts';
import { StreamConnection } from './stream-connection.ts';
import { strangerAt } from './tcp.ts';
import { explain } from './tls-psk.ts';
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
    return listenTls(
      { host, port },
      { ...this.#tls, requestCert: true, rejectUnauthorized: true },
      identityOf,
      options,
    );
  }

  async connect(options: ConnectOptions): Promise<Connection> {
    const { host, port, serverName } = this.#options;
    const where = `${host}:${port}`;
    const socket = connect({
      ...this.#tls,
      host,
      port,
      // Nodes are known by name, not by address: the common name is compared, not the host.
      checkServerIdentity: (_host, certificate) =>
        serverName === null || certificate.subject.CN === serverName
          ? undefined
          : Object.assign(
              new Error(`the certificate is for ${certificate.subject.CN}, not for ${serverName}`),
              {
                code: 'ERR_TLS_CERT_ALTNAME_INVALID',
              },
            ),
      ...STREAM_OPTIONS,
    });
    await dialled(socket, 'secureConnect', where, options, (error) => explain(where, error));
    return new StreamConnection(socket, identityOf(socket));
  }
}

function identityOf(socket: TLSSocket): PeerIdentity {
  const name = socket.getPeerCertificate()?.subject?.CN;
  return {
    ...strangerAt(socket),
    nodeName: typeof name === 'string' ? name : null,
    authenticated: socket.authorized,
  };
}
