import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { Wazuh4Cipher } from '../protocol/dialects/wazuh4/cipher.ts';
import { tokenBytes } from '../protocol/dialects/wazuh4/limits.ts';
import { MusterError } from '../protocol/errors.ts';
import { clusterKeyBytes } from './keys.ts';

// `version | time, 8 bytes | vector, 16 bytes | ciphertext | tag, 32 bytes`, as URL-safe base64 with padding.
const VERSION = 0x80;
const TIME_AT = 1;
const VECTOR_AT = 9;
const CIPHERTEXT_AT = 25;
const BLOCK_BYTES = 16;
const TAG_BYTES = 32;
const KEY_BYTES = 16;
const CIPHER = 'aes-128-cbc';

/** Where the time and the vectors of tokens come from; tests hand in others. */
export interface FernetSources {
  now(): number;
  vector(): Uint8Array;
}

const real: FernetSources = { now: Date.now, vector: () => randomBytes(BLOCK_BYTES) };

/**
 * Fernet, as Wazuh 4.x nodes protect the payloads of their connections: the 32 characters of the cluster key are the key
 * itself, the first half for the tag (HMAC-SHA256), the second for AES-128-CBC. As there, the time in a token is not
 * looked at: whoever recorded one can replay it, on any connection of this key. Throws 3004 for a bad key.
 */
export class Fernet implements Wazuh4Cipher {
  // As objects: handing in the bytes of a key costs five times as much as a short message.
  readonly #signingKey: KeyObject;
  readonly #encryptionKey: KeyObject;
  readonly #sources: FernetSources;

  constructor(clusterKey: string, sources: FernetSources = real) {
    const key = clusterKeyBytes(clusterKey);
    this.#signingKey = createSecretKey(key.subarray(0, KEY_BYTES));
    this.#encryptionKey = createSecretKey(key.subarray(KEY_BYTES));
    this.#sources = sources;
  }

  sealedBytes(plainBytes: number): number {
    return tokenBytes(plainBytes);
  }

  seal(plain: readonly Uint8Array[], plainBytes: number, target: Buffer, at: number): void {
    const tagAt = CIPHERTEXT_AT + BLOCK_BYTES * (Math.floor(plainBytes / BLOCK_BYTES) + 1);
    const raw = Buffer.allocUnsafe(tagAt + TAG_BYTES);
    const vector = this.#sources.vector();
    raw[0] = VERSION;
    raw.writeBigUInt64BE(BigInt(Math.floor(this.#sources.now() / 1000)), TIME_AT);
    raw.set(vector, VECTOR_AT);
    const cipher = createCipheriv(CIPHER, this.#encryptionKey, vector);
    let to = CIPHERTEXT_AT;
    const put = (bytes: Buffer) => {
      raw.set(bytes, to);
      to += bytes.length;
    };
    for (const chunk of plain) put(cipher.update(chunk));
    put(cipher.final());
    raw.set(this.#tagOf(raw.subarray(0, tagAt)), tagAt);
    const text = raw.toString('base64url');
    target.write(text, at, 'latin1');
    target.fill('=', at + text.length, at + tokenBytes(plainBytes));
  }

  open(sealed: Uint8Array): Buffer {
    const raw = decodeBase64(sealed);
    const tagAt = raw.length - TAG_BYTES;
    const ciphertextBytes = tagAt - CIPHERTEXT_AT;
    if (ciphertextBytes < BLOCK_BYTES || ciphertextBytes % BLOCK_BYTES !== 0)
      throw notDecrypted('it has not the size of a token');
    if (raw[0] !== VERSION) throw notDecrypted(`it begins with the byte ${raw[0]}`);
    // The tag first: of what somebody else has made nothing is decrypted, and so nothing told about its padding.
    if (!timingSafeEqual(this.#tagOf(raw.subarray(0, tagAt)), raw.subarray(tagAt)))
      throw notDecrypted('it was made with another key, or damaged');
    const decipher = createDecipheriv(
      CIPHER,
      this.#encryptionKey,
      raw.subarray(VECTOR_AT, VECTOR_AT + BLOCK_BYTES),
    );
    const begin = decipher.update(raw.subarray(CIPHERTEXT_AT, tagAt));
    try {
      const end = decipher.final();
      return end.length === 0 ? begin : Buffer.concat([begin, end]);
    } catch {
      throw notDecrypted('its padding is wrong');
    }
  }

  #tagOf(bytes: Buffer): Buffer {
    return createHmac('sha256', this.#signingKey).update(bytes).digest();
  }
}

/** Padding is required, as by the originals; either alphabet is taken. Node skips what is no base64, so sizes are compared. */
function decodeBase64(sealed: Uint8Array): Buffer {
  const { length } = sealed;
  if (length === 0 || length % 4 !== 0) throw notDecrypted('it is no padded base64');
  const text = Buffer.from(sealed.buffer, sealed.byteOffset, length).toString('latin1');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const raw = Buffer.from(text, 'base64');
  if (raw.length !== (length / 4) * 3 - padding) throw notDecrypted('it is no base64');
  return raw;
}

const notDecrypted = (why: string) => new MusterError(3025, why);
