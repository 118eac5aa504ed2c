import type { DialectName } from '../protocol/dialects/dialect.ts';
import type { MusterError } from '../protocol/errors.ts';

/** Who stands at the other end, as far as the transport itself could prove it. */
export interface PeerIdentity {
  /** Text for logs: `127.0.0.1:49722`, `unix`, `memory:3`. */
  readonly address: string;
  /** Node name proven by the pre-shared key identity or by the certificate; null where the transport proves none. */
  readonly nodeName: string | null;
  /** Identifier of the cluster key that was used; null without a pre-shared key. */
  readonly keyId: string | null;
  /** True if the peer proved that it knows the cluster key or holds a certificate of the cluster. */
  readonly authenticated: boolean;
  /** What is spoken over the connection. In `wazuh4` each message proves the cluster key, and the transport nothing. */
  readonly dialect: DialectName;
}

/** What the owner of a connection hears. Each of `data`, `drain` and `end` may come many times or never; `close` comes once, last. */
export interface ConnectionEvents {
  /** Bytes arrived. The array is only valid during the call: copy what must outlive it. */
  data(chunk: Uint8Array): void;
  /** A `write` had returned false, and the buffer is low again. */
  drain(): void;
  /**
   * The peer will send no more: it ended its direction, or it is gone; a stream cannot tell which. Ours stays open until
   * the owner calls `end` or `destroy`, which it owes now.
   */
  end(): void;
  /** The connection is gone; `error` is null after an orderly end. */
  close(error: MusterError | null): void;
}

/** A full-duplex stream of bytes. Nothing is read before `start`, so no byte is lost between accept and ownership. */
export interface Connection {
  readonly peer: PeerIdentity;
  /** Takes ownership. To be called once. */
  start(events: ConnectionEvents): void;
  /** Queues bytes, in order, without copying: the caller leaves them alone. False means: wait for `drain` before sending more bulk. */
  write(chunks: readonly Uint8Array[]): boolean;
  /** Time from its acceptance until it was handed to `onConnection`, in milliseconds; 0 on the side that connected. */
  readonly handshakeMs: number;
  /** The peer is admitted: the connection no longer counts among those that listeners bound (limits.ts). */
  admit(): void;
  /** Bytes queued and not yet handed to the operating system. */
  readonly pendingBytes: number;
  /** Stops and restarts reading, so that the peer feels our back-pressure. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then ends our direction. */
  end(): void;
  /** Drops the connection now. `close` follows with this error. Idempotent. */
  destroy(error: MusterError | null): void;
}

/** An open port. */
export interface Listener {
  /** `127.0.0.1:1516`, or the path of the socket; with the real port where 0 was asked for. */
  readonly address: string;
  /** Stops accepting; accepted connections live on. Resolves when the port is free. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** Nodes of Wazuh 4.x may connect too, in the clear: they are known by their first bytes. */
  readonly servesWazuh4?: boolean;
  onConnection(connection: Connection): void;
  /** A peer that failed before it became a connection (a failed TLS handshake, say). */
  onRejected(peer: string, error: MusterError): void;
  /** The listener itself broke after it was opened. */
  onError(error: MusterError): void;
}

export interface ConnectOptions {
  /** Gives up after this time with error 3102. */
  timeoutMs: number;
  /** Gives a handshake up after this time with error 3104; `HANDSHAKE_TIMEOUT_MS` if absent. */
  handshakeTimeoutMs?: number;
  signal?: AbortSignal;
}

/** One way to reach another node. Implementations: tcp, tls-psk, tls-certificate, unix, memory; all pass one compliance suite. */
export interface Transport {
  readonly name: string;
  /** Rejects with error 3101 when the address cannot be bound. */
  listen(options: ListenOptions): Promise<Listener>;
  /** Resolves when bytes may flow (after the TLS handshake, where there is one). */
  connect(options: ConnectOptions): Promise<Connection>;
}
