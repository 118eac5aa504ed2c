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
import { ShortCbc, withoutPadding } from './short-cbc.ts';
import { ShortHmac } from './short-hmac.ts';

// `version | time, 8 bytes | vector, 16 bytes | ciphertext | tag, 32 bytes`, as URL-safe base64 with padding.
const VERSION = 0x80;
const TIME_AT = 1;
const VECTOR_AT = 9;
const CIPHERTEXT_AT = 25;
const BLOCK_BYTES = 16;
const TAG_BYTES = 32;
const KEY_BYTES = 16;
const CIPHER = 'aes-128-cbc';
/** Of what is shorter, starting cipher and hash anew takes most of the time; a longer one does without copies. */
const SHORT_BYTES = 2048;

/** Where the time and the vectors of tokens come from; tests hand in others. */
export interface FernetSources {
  now(): number;
  vector(): Uint8Array;
}

/**
 * Fernet, as Wazuh 4.x nodes protect the payloads of their connections: the 32 characters of the cluster key are the key
 * itself, the first half for the tag (HMAC-SHA256), the second for AES-128-CBC. As there, the time in a token is not
 * looked at: whoever recorded one can replay it, on any connection of this key. Throws 3004 for a bad key.
 */
export class Fernet implements Wazuh4Cipher {
  // As objects: handing in the bytes of a key costs five times as much as a short message.
  readonly #signingKey: KeyObject;
  readonly #encryptionKey: KeyObject;
  readonly #sources: FernetSources | null;
  readonly #hmac: ShortHmac;
  readonly #cbc: ShortCbc;

  constructor(clusterKey: string, sources: FernetSources | null = null) {
    const key = clusterKeyBytes(clusterKey);
    this.#signingKey = createSecretKey(key.subarray(0, KEY_BYTES));
    this.#encryptionKey = createSecretKey(key.subarray(KEY_BYTES));
    this.#sources = sources;
    this.#hmac = new ShortHmac(key.subarray(0, KEY_BYTES), tokenBytes(SHORT_BYTES));
    this.#cbc = new ShortCbc(CIPHER, this.#encryptionKey);
  }

  sealedBytes(plainBytes: number): number {
    return tokenBytes(plainBytes);
  }

  seal(plain: readonly Uint8Array[], plainBytes: number, target: Buffer, at: number): void {
    const isShort = plainBytes <= SHORT_BYTES;
    const tagAt = CIPHERTEXT_AT + BLOCK_BYTES * (Math.floor(plainBytes / BLOCK_BYTES) + 1);
    const raw = isShort ? this.#hmac.room : Buffer.allocUnsafe(tagAt + TAG_BYTES);
    const seconds = Math.floor((this.#sources?.now() ?? Date.now()) / 1000);
    raw[0] = VERSION;
    raw.writeUInt32BE(Math.floor(seconds / 2 ** 32), TIME_AT);
    raw.writeUInt32BE(seconds >>> 0, TIME_AT + 4);
    if (isShort && this.#sources === null) raw.set(this.#cbc.encrypt(plain, plainBytes), VECTOR_AT);
    else this.#encrypt(plain, this.#sources?.vector() ?? randomBytes(BLOCK_BYTES), raw);
    raw.set(isShort ? this.#hmac.tagOfRoom(tagAt) : this.#tagOf(raw.subarray(0, tagAt)), tagAt);
    const text = raw.toString('base64url', 0, tagAt + TAG_BYTES);
    target.write(text, at, 'latin1');
    target.fill('=', at + text.length, at + tokenBytes(plainBytes));
  }

  open(sealed: Uint8Array): Buffer {
    const isShort = sealed.length <= tokenBytes(SHORT_BYTES);
    const raw = decodeBase64(sealed, isShort ? this.#hmac.room : null);
    const tagAt = raw.length - TAG_BYTES;
    const ciphertextBytes = tagAt - CIPHERTEXT_AT;
    if (ciphertextBytes < BLOCK_BYTES || ciphertextBytes % BLOCK_BYTES !== 0)
      throw notDecrypted('it has not the size of a token');
    if (raw[0] !== VERSION) throw notDecrypted(`it begins with the byte ${raw[0]}`);
    // The tag first: of what somebody else has made nothing is decrypted, and so nothing told about its padding.
    const tag = isShort ? this.#hmac.tagOfRoom(tagAt) : this.#tagOf(raw.subarray(0, tagAt));
    if (!timingSafeEqual(tag, raw.subarray(tagAt)))
      throw notDecrypted('it was made with another key, or damaged');
    const plain = isShort ? this.#cbc.decrypt(raw.subarray(VECTOR_AT, tagAt)) : this.#decrypt(raw, tagAt);
    if (plain === null) throw notDecrypted('its padding is wrong');
    return plain;
  }

  #encrypt(plain: readonly Uint8Array[], vector: Uint8Array, raw: Buffer): void {
    raw.set(vector, VECTOR_AT);
    const cipher = createCipheriv(CIPHER, this.#encryptionKey, vector);
    let to = CIPHERTEXT_AT;
    const put = (bytes: Buffer) => {
      raw.set(bytes, to);
      to += bytes.length;
    };
    for (const chunk of plain) put(cipher.update(chunk));
    put(cipher.final());
  }

  #decrypt(raw: Buffer, tagAt: number): Buffer | null {
    const vector = raw.subarray(VECTOR_AT, CIPHERTEXT_AT);
    const decipher = createDecipheriv(CIPHER, this.#encryptionKey, vector).setAutoPadding(false);
    // Without padding everything comes at once, and is not copied again for the last block.
    return withoutPadding(decipher.update(raw.subarray(CIPHERTEXT_AT, tagAt)));
  }

  #tagOf(bytes: Buffer): Buffer {
    return createHmac('sha256', this.#signingKey).update(bytes).digest();
  }
}

/** Padding is required, as by the originals; either alphabet is taken. Node skips what is no base64, so sizes are compared. */
function decodeBase64(sealed: Uint8Array, room: Buffer | null): Buffer {
  const { length } = sealed;
  if (length === 0 || length % 4 !== 0) throw notDecrypted('it is no padded base64');
  const text = Buffer.from(sealed.buffer, sealed.byteOffset, length).toString('latin1');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const raw = room === null ? Buffer.from(text, 'base64') : room.subarray(0, room.write(text, 'base64'));
  if (raw.length !== (length / 4) * 3 - padding) throw notDecrypted('it is no base64');
  return raw;
}

const notDecrypted = (why: string) => new MusterError(3025, why);
