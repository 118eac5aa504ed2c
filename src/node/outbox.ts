import type { Connection } from '../transport/transport.ts';

/**
 * Bulk that may lie between us and the operating system: what a control frame has to wait behind. Not less than the mark
 * at which a connection says to wait, because only from there on it says when to go on.
 */
export const MAX_BULK_AHEAD_BYTES = 1_048_576;

interface Parcel {
  readonly chunks: readonly Uint8Array[];
  sent(): void;
  /** How many bytes had been written with it; null before it was. */
  end: number | null;
}

/** Bulk that was queued. */
export interface QueuedBulk {
  /** Takes it back, as long as it has not been written. */
  withdraw(): void;
  /** Whether the system has all of it, so that its memory may be written over: a peer can confirm what it has not got. */
  isHandedOver(): boolean;
}

export const NOTHING_QUEUED: QueuedBulk = { withdraw: () => {}, isHandedOver: () => false };

/**
 * What waits to be written. Control frames go at once; bulk goes only while little of it lies in the socket's buffer,
 * so that a keepalive never waits behind a file.
 */
export class Outbox {
  readonly #connection: Connection;
  readonly #bulk: Parcel[] = [];
  #writtenBytes = 0;
  /** False from a write that was told to wait until the connection has drained. */
  #hasRoom = true;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  writeControl(chunks: readonly Uint8Array[]): void {
    this.#write(chunks);
  }

  /** Queues bulk; `sent` is called when it has been handed to the connection. */
  writeBulk(chunks: readonly Uint8Array[], sent: () => void): QueuedBulk {
    const parcel: Parcel = { chunks, sent, end: null };
    this.#bulk.push(parcel);
    this.#flush();
    return {
      withdraw: () => {
        const at = this.#bulk.indexOf(parcel);
        if (at >= 0) this.#bulk.splice(at, 1);
      },
      isHandedOver: () =>
        parcel.end !== null && this.#writtenBytes - this.#connection.pendingBytes >= parcel.end,
    };
  }

  /** To be called when the connection has drained. */
  drained(): void {
    this.#hasRoom = true;
    this.#flush();
  }

  clear(): void {
    this.#bulk.length = 0;
  }

  #flush(): void {
    while (this.#hasRoom && this.#bulk.length > 0 && this.#connection.pendingBytes < MAX_BULK_AHEAD_BYTES) {
      const parcel = this.#bulk.shift();
      if (parcel === undefined) return;
      this.#write(parcel.chunks);
      parcel.end = this.#writtenBytes;
      parcel.sent();
    }
  }

  #write(chunks: readonly Uint8Array[]): void {
    for (const { length } of chunks) this.#writtenBytes += length;
    if (!this.#connection.write(chunks)) this.#hasRoom = false;
  }
}
