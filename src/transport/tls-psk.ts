import { connect, type TLSSocket } from 'node:tls';
import { MusterError } from '../protocol/errors.ts';
import { dialled } from './dial.ts';
import type { KeyRing } from './keys.ts';
import { STREAM_OPTIONS } from './limits.ts';
import { StreamConnection } from './stream-connection.ts';
import { strangerAt } from './tcp.ts';
import { handshakeError, listenTls } from './tls-server.ts';
import type {
  Connection,
  ConnectOptions,
  Listener,
  ListenOptions,
  PeerIdentity,
  Transport,
} from './transport.ts';

/** Forward secrecy first; the others are faster, for networks that are trusted with yesterday's traffic. */
export const DEFAULT_PSK_CIPHERS = 'ECDHE-PSK-CHACHA20-POLY1305';
/** `<node name>:<key id>`, as the client says it in the clear. */
const IDENTITY = /^([A-Za-z0-9][A-Za-z0-9._-]{0,127}):([0-9a-f]{8})$/;
/** Node offers pre-shared keys in TLS 1.2 only. */
const TLS_VERSION = 'TLSv1.2';

export interface PskOptions {
  host: string;
  port: number;
  /** Name under which this node connects. */
  nodeName: string;
  keys: KeyRing;
  ciphers?: string;
}

/** TLS by a key that is derived from the cluster key: whoever completes the handshake knows the key. */
export class TlsPskTransport implements Transport {
  readonly name = 'tls-psk';
  readonly #options: PskOptions;

  constructor(options: PskOptions) {
    this.#options = options;
  }

  listen(options: ListenOptions): Promise<Listener> {
    const { host, port, keys, ciphers = DEFAULT_PSK_CIPHERS } = this.#options;
    const identities = new WeakMap<TLSSocket, { nodeName: string; keyId: string }>();
    const identify = (socket: TLSSocket): PeerIdentity => ({
      ...strangerAt(socket),
      ...(identities.get(socket) ?? { nodeName: null, keyId: null }),
      authenticated: true,
    });
    const pskCallback = (socket: TLSSocket, identity: string) => {
      const [, nodeName, keyId] = IDENTITY.exec(identity) ?? [];
      if (nodeName === undefined || keyId === undefined) return null;
      identities.set(socket, { nodeName, keyId });
      return keys.find(keyId)?.psk ?? null;
    };
    const tls = { ciphers, minVersion: TLS_VERSION, maxVersion: TLS_VERSION, pskCallback } as const;
    return listenTls({ host, port }, tls, identify, options);
  }

  async connect(options: ConnectOptions): Promise<Connection> {
    const { host, port, nodeName, keys, ciphers = DEFAULT_PSK_CIPHERS } = this.#options;
    const where = `${host}:${port}`;
    const { psk, keyId } = keys.used;
    const socket = connect({
      host,
      port,
      ciphers,
      minVersion: TLS_VERSION,
      maxVersion: TLS_VERSION,
      pskCallback: () => ({ psk, identity: `${nodeName}:${keyId}` }),
      // With a pre-shared key there is no certificate: the key itself proves who the server is.
      checkServerIdentity: () => undefined,
      ...STREAM_OPTIONS,
    });
    await dialled(socket, 'secureConnect', where, options, (error) => explain(where, error));
    return new StreamConnection(socket, { ...strangerAt(socket), keyId, authenticated: true });
  }
}

/** A connection that was refused before TLS began is 3102; what TLS refused is told by its own code. */
export function explain(where: string, error: NodeJS.ErrnoException): MusterError {
  const code = error.code ?? '';
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code.includes('CERT'))
    return handshakeError(where, error);
  return new MusterError(3102, `${where}: ${error.message}`, { cause: error });
}
