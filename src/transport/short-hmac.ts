import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const ALGORITHM = 'sha256';

/**
 * HMAC-SHA256 (RFC 2104) of short messages, made of two digests at one call each: an `Hmac` of node:crypto takes several
 * times as long to begin as to do this.
 */
export class ShortHmac {
  /** Where a message is to be written; what is in it changes with every message. */
  readonly room: Buffer;
  readonly #inner: Buffer;
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

  /** `key`: of at most one block, 64 bytes. */
  constructor(key: Uint8Array, maxMessageBytes: number) {
    this.#inner = Buffer.alloc(BLOCK_BYTES + maxMessageBytes);
    this.room = this.#inner.subarray(BLOCK_BYTES);
    for (let i = 0; i < BLOCK_BYTES; i += 1) {
      this.#inner[i] = (key[i] ?? 0) ^ 0x36;
      this.#outer[i] = (key[i] ?? 0) ^ 0x5c;
    }
  }

  /** Of so many bytes from the beginning of the room. */
  tagOfRoom(messageBytes: number): Buffer {
    const inner = hash(ALGORITHM, this.#inner.subarray(0, BLOCK_BYTES + messageBytes), 'buffer');
    this.#outer.set(inner, BLOCK_BYTES);
    return hash(ALGORITHM, this.#outer, 'buffer');
  }
}
