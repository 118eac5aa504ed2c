import { randomBytes } from 'node:crypto';
import type { Dialect, DialectName } from '../protocol/dialects/dialect.ts';
import type { Connection, Listener, ListenOptions } from '../transport/transport.ts';

/** What proves who this peer is, where nodes trust certificates; PEM texts. */
export interface OwnCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly authority: string;
  /** Its common name: nodes believe no other name of who shows it. */
  readonly nodeName: string;
}

/** The implementation that is tested, and how it is spoken to; for one that connects by itself, where it is awaited. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly dialect: DialectName;
  /** The 32 characters that all nodes of its cluster have; empty where they trust certificates. */
  readonly key: string;
  readonly cluster: string;
  /** Whether Muster's own dialect is spoken without TLS. */
  readonly isPlain: boolean;
  /** What is shown where nodes trust certificates; of Muster's own dialect only. */
  readonly certificate?: OwnCertificate;
  /** The version of Wazuh that a worker has to have; of `wazuh4` only. */
  readonly release: string;
}

const NAME_BYTES = 2;

/** A name of its own for who is played; where certificates prove names, the one in its own. */
export const ownName = ({ certificate }: Target): string =>
  certificate?.nodeName ?? `conform-${randomBytes(NAME_BYTES).toString('hex')}`;

/** What has to be said otherwise in each dialect, where it is about the bytes and not about their meaning. */
export interface Tongue {
  readonly name: DialectName;
  /** Whether the connection itself, or its first message, proves the key. */
  readonly provesKey: boolean;
  /** Whether the connection itself proves the name of its node. */
  readonly provesName: boolean;
  /** Rejects as `Transport.connect`. */
  connect(nodeName: string, timeoutMs: number): Promise<Connection>;
  /** The same as somebody who has another key, or no certificate; null where the key shows in messages only. */
  connectWithWrongKey(nodeName: string, timeoutMs: number): Promise<Connection> | null;
  /** Opens the port of the target, as a master of this name. Rejects as `Transport.listen`. */
  listen(nodeName: string, options: ListenOptions): Promise<Listener>;
  /** How a connection is spoken on by this node, in this role. */
  dialect(nodeName: string, role: 'master' | 'worker'): Dialect;
  /** A message whose command and content nobody has looked at. `packed`: whether it says that it is MessagePack. */
  frame(counter: number, command: string, payload: Uint8Array, packed?: boolean): Uint8Array[];
  /** A frame that breaks the rules: of another version, or sealed with another key. */
  unreadable(counter: number, command: string): Uint8Array[];
  /** The code of the message by which a peer is told this one: another where that one is Muster's alone. */
  carrierOf(code: number): number;
}

/** Another key than this one, of which nothing can be derived. */
export const otherKey = (key: string): string => (key.startsWith('0') ? '1' : '0') + key.slice(1);
