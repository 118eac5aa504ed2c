import { constants } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { NODE_NAME } from '../protocol/commands/shapes.ts';
import { MusterError } from '../protocol/errors.ts';
import type { KeyRing } from './keys.ts';
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

/** Forward secrecy first; the others are faster, for networks that are trusted with yesterday's traffic. */
export const DEFAULT_PSK_CIPHERS = 'ECDHE-PSK-CHACHA20-POLY1305';
/** `<node name>:<key id>`, as the client says it in the clear. */
const IDENTITY = /^(.+):([0-9a-f]{8})$/;
/** Node offers pre-shared keys in TLS 1.2 only. */
const TLS_VERSION = 'TLSv1.2';
/** OpenSSL's `SSL_OP_NO_RENEGOTIATION`: Node has it and its types do not. */
const NO_RENEGOTIATION = 0x4000_0000;

export interface PskOptions {
  host: string;
  port: number;
  /** Name under which this node connects. */
  nodeName: string;
  keys: KeyRing;
  /** OpenSSL's names, best first, separated by colons; all of them must be PSK suites of TLS 1.2. */
  ciphers?: string;
}

/** TLS by a key that is derived from the cluster key: whoever completes the handshake knows the key. */
export class TlsPskTransport implements Transport {
  readonly name = 'tls-psk';
  readonly #options: PskOptions;

  constructor(options: PskOptions) {
    this.#options = options;
  }

  /**
   * A resumed session would skip the key and the name that goes with it, and so would a renegotiated one: both are
   * switched off. Every connection proves its key anew.
   */
  get #tls() {
    return {
      ciphers: this.#options.ciphers ?? DEFAULT_PSK_CIPHERS,
      minVersion: TLS_VERSION,
      maxVersion: TLS_VERSION,
      secureOptions: constants.SSL_OP_NO_TICKET | NO_RENEGOTIATION,
    } as const;
  }

  listen(options: ListenOptions): Promise<Listener> {
    const { host, port, keys } = this.#options;
    const proven = new WeakMap<TLSSocket, { nodeName: string; keyId: string }>();
    const pskCallback = (socket: TLSSocket, identity: string) => {
      const [, nodeName = '', keyId = ''] = IDENTITY.exec(identity) ?? [];
      const key = NODE_NAME.test(nodeName) ? keys.find(keyId) : undefined;
      if (key === undefined) return null;
      proven.set(socket, { nodeName, keyId: key.keyId });
      return key.psk;
    };
    const identify = (socket: TLSSocket): PeerIdentity => {
      const identity = proven.get(socket);
      if (identity === undefined) throw new MusterError(3106, 'the handshake proved no key');
      return { ...strangerAt(socket), ...identity, authenticated: true };
    };
    return listenTls({ address: { host, port }, tls: { ...this.#tls, pskCallback }, identify }, options);
  }

  connect(options: ConnectOptions): Promise<Connection> {
    const { host, port, nodeName, keys } = this.#options;
    const { psk, keyId } = keys.used;
    const pskCallback = () => ({ psk, identity: `${nodeName}:${keyId}` });
    // There is no certificate: that the handshake was completed proves who the server is.
    const identify = (socket: TLSSocket) => ({ ...strangerAt(socket), keyId, authenticated: true });
    return dialTls({ address: { host, port }, tls: { ...this.#tls, pskCallback }, identify }, options);
  }
}
