import { MusterError } from '../protocol/errors.ts';
import type { Connection } from '../transport/transport.ts';
import type { UnreadRoom, UnreadShare } from '../transport/unread-room.ts';
import { MAX_UNREAD_BYTES } from './channel-limits.ts';

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
 * so that a keepalive never waits behind a file. Who leaves too much of it unread is dropped.
 */
export class Outbox {
  readonly #connection: Connection;
  readonly #drop: (error: MusterError) => void;
  readonly #share: UnreadShare | undefined;
  readonly #bulk: Parcel[] = [];
  #writtenBytes = 0;
  /** False from a write that was told to wait until the connection has drained. */
  #hasRoom = true;

  /** `room`: what the peer may leave unread, together with others; without it there is only its own bound. */
  constructor(connection: Connection, drop: (error: MusterError) => void, room?: UnreadRoom) {
    this.#connection = connection;
    this.#drop = drop;
    this.#share = room?.share({
      get pendingBytes() {
        return connection.pendingBytes;
      },
      drop,
    });
  }

  writeControl(chunks: readonly Uint8Array[]): void {
    this.#write(chunks);
    const { pendingBytes, peer } = this.#connection;
    if (pendingBytes > MAX_UNREAD_BYTES)
      this.#drop(new MusterError(3113, `${peer.address} does not read what it asked for`));
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

  /** To be called when the connection is gone. */
  clear(): void {
    this.#bulk.length = 0;
    this.#share?.leave();
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
    this.#share?.wrote();
  }
}
