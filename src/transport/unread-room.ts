import { MusterError } from '../protocol/errors.ts';

/** One that is written to. */
export interface UnreadReader {
  /** Bytes that wait for it to read. */
  readonly pendingBytes: number;
  drop(error: MusterError): void;
}

/** A reader's part of the room. */
export interface UnreadShare {
  /** To be called whenever something was written to it. */
  wrote(): void;
  leave(): void;
}

/**
 * Memory that several readers have together for what they do not read. When it is full, whoever leaves most unread is
 * dropped, so that the others are served.
 */
export class UnreadRoom {
  readonly #maxBytes: number;
  /** What waited after the last write to each: by now it can only be less. */
  readonly #heldBytes = new Map<UnreadReader, number>();
  #sumBytes = 0;

  constructor(options: { maxBytes: number }) {
    this.#maxBytes = options.maxBytes;
  }

  /** For one reader. */
  share(reader: UnreadReader): UnreadShare {
    this.#heldBytes.set(reader, 0);
    return {
      wrote: () => {
        if (this.#heldBytes.has(reader)) this.#count(reader);
        if (this.#sumBytes > this.#maxBytes) this.#makeRoom();
      },
      leave: () => this.#forget(reader),
    };
  }

  #count(reader: UnreadReader): void {
    const { pendingBytes } = reader;
    this.#sumBytes += pendingBytes - (this.#heldBytes.get(reader) ?? 0);
    this.#heldBytes.set(reader, pendingBytes);
  }

  #forget(reader: UnreadReader): void {
    this.#sumBytes -= this.#heldBytes.get(reader) ?? 0;
    this.#heldBytes.delete(reader);
  }

  #makeRoom(): void {
    for (const reader of this.#heldBytes.keys()) this.#count(reader);
    while (this.#sumBytes > this.#maxBytes) {
      const [reader, bytes] = this.#largest();
      const sum = this.#sumBytes;
      this.#forget(reader);
      reader.drop(new MusterError(3110, `it leaves ${bytes} bytes unread, and all clients together ${sum}`));
    }
  }

  /** There is one: the sum is of somebody. */
  #largest(): [UnreadReader, number] {
    return [...this.#heldBytes].reduce((most, one) => (one[1] > most[1] ? one : most));
  }
}
