import {
  type Cipheriv,
  createCipheriv,
  createDecipheriv,
  type Decipheriv,
  type KeyObject,
  randomBytes,
  randomFillSync,
} from 'node:crypto';

const BLOCK_BYTES = 16;
/** Random blocks that are made at a time. */
const POOL_BLOCKS = 256;

/**
 * AES in CBC mode for messages each of which has a vector of its own, over one cipher that is never ended: starting one
 * takes several times as long as a short message.
 *
 * The vector of a message is what a random block is encrypted to, as if that were the first of the message. What CBC mixes
 * into it, the block before, does not matter: encryption is a permutation, so the vector is as random, and as unknown
 * beforehand, as the block is.
 */
export class Cbc {
  readonly #algorithm: string;
  readonly #key: KeyObject;
  readonly #cipher: Cipheriv;
  readonly #decipher: Decipheriv;
  readonly #pool = Buffer.alloc(POOL_BLOCKS * BLOCK_BYTES);
  #usedBytes = this.#pool.length;

  constructor(algorithm: string, key: KeyObject) {
    const anyVector = randomBytes(BLOCK_BYTES);
    this.#algorithm = algorithm;
    this.#key = key;
    this.#cipher = createCipheriv(algorithm, key, anyVector).setAutoPadding(false);
    this.#decipher = createDecipheriv(algorithm, key, anyVector).setAutoPadding(false);
  }

  /** The vector, and behind it the ciphertext. */
  encrypt(plain: readonly Uint8Array[], plainBytes: number): Buffer {
    const padding = BLOCK_BYTES - (plainBytes % BLOCK_BYTES);
    const blocks = Buffer.allocUnsafe(BLOCK_BYTES + plainBytes + padding);
    this.#drawInto(blocks);
    let at = BLOCK_BYTES;
    for (const piece of plain) {
      blocks.set(piece, at);
      at += piece.length;
    }
    blocks.fill(padding, at);
    return this.#cipher.update(blocks);
  }

  /** The same with a vector that is known. */
  encryptWith(vector: Uint8Array, plain: readonly Uint8Array[]): Buffer {
    const cipher = createCipheriv(this.#algorithm, this.#key, vector);
    return Buffer.concat([vector, ...plain.map((piece) => cipher.update(piece)), cipher.final()]);
  }

  /** The plaintext of a vector and the ciphertext behind it; null if its padding is wrong. */
  decrypt(vectorAndCiphertext: Uint8Array): Buffer | null {
    // The vector comes out as whatever it is: it is there for the block behind it.
    return withoutPadding(this.#decipher.update(vectorAndCiphertext).subarray(BLOCK_BYTES));
  }

  #drawInto(block: Buffer): void {
    if (this.#usedBytes === this.#pool.length) {
      randomFillSync(this.#pool);
      this.#usedBytes = 0;
    }
    const end = this.#usedBytes + BLOCK_BYTES;
    block.set(this.#pool.subarray(this.#usedBytes, end));
    this.#usedBytes = end;
  }
}

/** PKCS #7; null if it is wrong. */
function withoutPadding(plain: Buffer): Buffer | null {
  const padding = plain.at(-1) ?? 0;
  if (padding < 1 || padding > BLOCK_BYTES || padding > plain.length) return null;
  for (let i = plain.length - padding; i < plain.length; i += 1) if (plain[i] !== padding) return null;
  return plain.subarray(0, plain.length - padding);
}
