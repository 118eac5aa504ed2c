import type { MusterError } from '../protocol/errors.ts';
import type { Connection, ConnectionEvents } from '../transport/transport.ts';

/** A connection whose first bytes were looked at: its owner hears them as if they came now. */
export class HeldConnection implements Connection {
  readonly #connection: Connection;
  readonly #held: Uint8Array[] = [];
  #events: ConnectionEvents | null = null;
  #hasEnded = false;
  #closed: { error: MusterError | null } | null = null;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Calls `onHead` with so many bytes once they have come, or `onClose` if they never do. */
  static await(
    connection: Connection,
    sizeBytes: number,
    onHead: (head: Uint8Array, held: HeldConnection) => void,
    onClose: (error: MusterError | null) => void,
  ): void {
    const held = new HeldConnection(connection);
    const heard = () => {
      if (held.#events !== null) return;
      const head = Buffer.concat(held.#held);
      if (head.length >= sizeBytes) onHead(head.subarray(0, sizeBytes), held);
    };
    connection.start({
      data: (chunk) => {
        if (held.#events !== null) return held.#events.data(chunk);
        held.#held.push(Buffer.from(chunk));
        heard();
      },
      drain: () => held.#events?.drain(),
      end: () => {
        held.#hasEnded = true;
        if (held.#events === null) connection.end();
        else held.#events.end();
      },
      close: (error) => {
        held.#closed = { error };
        if (held.#events === null) onClose(error);
        else held.#events.close(error);
      },
    });
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    // After its owner has been made.
    queueMicrotask(() => {
      for (const chunk of this.#held.splice(0)) events.data(chunk);
      if (this.#hasEnded) events.end();
      if (this.#closed !== null) events.close(this.#closed.error);
    });
  }

  get peer() {
    return this.#connection.peer;
  }

  get handshakeMs(): number {
    return this.#connection.handshakeMs;
  }

  get pendingBytes(): number {
    return this.#connection.pendingBytes;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#connection.write(chunks);
  }

  admit(): void {
    this.#connection.admit();
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  end(): void {
    this.#connection.end();
  }

  destroy(error: MusterError | null): void {
    this.#connection.destroy(error);
  }
}
