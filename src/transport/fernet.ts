import {
  createCipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { Wazuh4Cipher } from '../protocol/dialects/wazuh4/cipher.ts';
import { tokenBytes } from '../protocol/dialects/wazuh4/limits.ts';
import { MusterError } from '../protocol/errors.ts';
import { Base64Writer, readBase64, writeBase64 } from './base64.ts';
import { Cbc } from './cbc.ts';
import { clusterKeyBytes } from './keys.ts';
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
/** Of what is shorter, starting cipher and hash anew takes most of the time. */
const SHORT_BYTES = 2048;
/** What is encrypted of a long message at a time. */
const PIECE_BYTES = 49_152;
/** Room that is kept for the next long token. */
const MAX_KEPT_ROOM_BYTES = 2_097_152;
const EQUALS = 0x3d;

/** Where the time and the vectors of tokens come from; tests hand in others. */
export interface FernetSources {
  now(): number;
  vector(): Uint8Array;
}

/**
 * Fernet, as Wazuh 4.x nodes protect the payloads of their connections: the 32 characters of the cluster key are the key
 * itself, the first half for the tag (HMAC-SHA256), the second for AES-128-CBC. As there, the time in a token is not
 * looked at: whoever recorded one can replay it, on any connection of this key. So its upper half, which is zero until
 * 2106, has room for a mark, that nobody without the key can put there or take away. Throws 3004 for a bad key.
 */
export class Fernet implements Wazuh4Cipher {
  // As objects: handing in the bytes of a key costs five times as much as a short message.
  readonly #signingKey: KeyObject;
  readonly #encryptionKey: KeyObject;
  readonly #sources: FernetSources | null;
  readonly #hmac: ShortHmac;
  readonly #cbc: Cbc;
  readonly #mark: number;
  #openedMark = 0;

  /** `mark`: of each token that is made, 32 bits; 0 for none. */
  constructor(clusterKey: string, sources: FernetSources | null = null, mark = 0) {
    const key = clusterKeyBytes(clusterKey);
    this.#mark = mark;
    this.#signingKey = createSecretKey(key.subarray(0, KEY_BYTES));
    this.#encryptionKey = createSecretKey(key.subarray(KEY_BYTES));
    this.#sources = sources;
    this.#hmac = new ShortHmac(key.subarray(0, KEY_BYTES), tokenBytes(SHORT_BYTES));
    this.#cbc = new Cbc(CIPHER, this.#encryptionKey);
  }

  /** The mark of the token that was opened last; 0 if it has none. */
  get openedMark(): number {
    return this.#openedMark;
  }

  sealedBytes(plainBytes: number): number {
    return tokenBytes(plainBytes);
  }

  seal(plain: readonly Uint8Array[], plainBytes: number, target: Buffer, at: number): void {
    if (plainBytes > SHORT_BYTES) this.#sealLong(plain, target, at);
    else this.#sealShort(plain, plainBytes, target, at);
  }

  #sealShort(plain: readonly Uint8Array[], plainBytes: number, target: Buffer, at: number): void {
    const { room } = this.#hmac;
    const tagAt = CIPHERTEXT_AT + BLOCK_BYTES * (Math.floor(plainBytes / BLOCK_BYTES) + 1);
    this.#putHead(room);
    const sealed =
      this.#sources === null
        ? this.#cbc.encrypt(plain, plainBytes)
        : this.#cbc.encryptWith(this.#sources.vector(), plain);
    room.set(sealed, VECTOR_AT);
    room.set(this.#hmac.tagOfRoom(tagAt), tagAt);
    const end = writeBase64(room.subarray(0, tagAt + TAG_BYTES), target, at);
    target.fill('=', end, at + tokenBytes(plainBytes));
  }

  /** Piece by piece, each while it is in the processor's cache; a text as long as the token would be garbage of its size. */
  #sealLong(plain: readonly Uint8Array[], target: Buffer, at: number): void {
    const vector = this.#sources?.vector() ?? randomBytes(BLOCK_BYTES);
    const cipher = createCipheriv(CIPHER, this.#encryptionKey, vector);
    const hmac = createHmac('sha256', this.#signingKey);
    const writer = new Base64Writer(target, at);
    const put = (bytes: Uint8Array) => {
      hmac.update(bytes);
      writer.write(bytes);
    };
    const head = Buffer.allocUnsafe(CIPHERTEXT_AT);
    this.#putHead(head);
    head.set(vector, VECTOR_AT);
    put(head);
    for (const chunk of plain)
      for (let from = 0; from < chunk.length; from += PIECE_BYTES)
        put(cipher.update(chunk.subarray(from, from + PIECE_BYTES)));
    put(cipher.final());
    writer.write(hmac.digest());
    writer.end();
  }

  open(sealed: Uint8Array): Buffer {
    const isShort = sealed.length <= tokenBytes(SHORT_BYTES);
    const raw = decodeBase64(sealed, isShort ? this.#hmac.room : longRoom(sealed.length));
    const tagAt = raw.length - TAG_BYTES;
    const ciphertextBytes = tagAt - CIPHERTEXT_AT;
    if (ciphertextBytes < BLOCK_BYTES || ciphertextBytes % BLOCK_BYTES !== 0)
      throw notDecrypted('it has not the size of a token');
    if (raw[0] !== VERSION) throw notDecrypted(`it begins with the byte ${raw[0]}`);
    // The tag first: of what somebody else has made nothing is decrypted, and so nothing told about its padding.
    const tag = isShort ? this.#hmac.tagOfRoom(tagAt) : this.#tagOf(raw.subarray(0, tagAt));
    if (!timingSafeEqual(tag, raw.subarray(tagAt)))
      throw notDecrypted('it was made with another key, or damaged');
    const mark = raw.readUInt32BE(TIME_AT);
    const plain = this.#cbc.decrypt(raw.subarray(VECTOR_AT, tagAt));
    if (plain === null) throw notDecrypted('its padding is wrong');
    this.#openedMark = mark;
    return plain;
  }

  /** The version, and the time with its mark. */
  #putHead(raw: Buffer): void {
    const seconds = Math.floor((this.#sources?.now() ?? Date.now()) / 1000);
    raw[0] = VERSION;
    raw.writeUInt32BE(this.#mark === 0 ? Math.floor(seconds / 2 ** 32) : this.#mark, TIME_AT);
    raw.writeUInt32BE(seconds >>> 0, TIME_AT + 4);
  }

  #tagOf(bytes: Buffer): Buffer {
    return createHmac('sha256', this.#signingKey).update(bytes).digest();
  }
}

/** For one token at a time: all that is done with it is done before anything else is. */
let room = Buffer.alloc(0);

/** Room for what a long token holds; very large ones do not keep it. */
function longRoom(sealedBytes: number): Buffer {
  if (sealedBytes > MAX_KEPT_ROOM_BYTES) return Buffer.allocUnsafeSlow(sealedBytes);
  if (room.length < sealedBytes) room = Buffer.allocUnsafeSlow(sealedBytes);
  return room;
}

/** Padding is required, as by the originals; either alphabet is taken. Node skips what is no base64, so sizes are compared. */
function decodeBase64(sealed: Uint8Array, target: Buffer): Buffer {
  const { length } = sealed;
  if (length === 0 || length % 4 !== 0) throw notDecrypted('it is no padded base64');
  const padding = sealed[length - 1] !== EQUALS ? 0 : sealed[length - 2] !== EQUALS ? 1 : 2;
  const sizeBytes = (length / 4) * 3 - padding;
  if (readBase64(sealed, target) !== sizeBytes) throw notDecrypted('it is no base64');
  return target.subarray(0, sizeBytes);
}

const notDecrypted = (why: string) => new MusterError(3025, why);
