import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { readBase64, writeBase64 } from '../../src/transport/base64.ts';
import { Fernet } from '../../src/transport/fernet.ts';
import { KEY } from './bench-node.ts';

const ALGORITHM = 'aes-128-cbc';
const KEY_BYTES = 16;
/** As large files are sent. */
const PIECE_BYTES = 262_144;
/** Whole groups of Base64. */
const ENCODED_BYTES = PIECE_BYTES - (PIECE_BYTES % 3);

/** What a large file goes through in the dialect of Wazuh 4.x, each by itself: name, and what is done with a piece. */
export function fernetPrimitives(): {
  readonly pieceBytes: number;
  readonly runs: readonly (readonly [string, () => unknown])[];
} {
  const piece = randomBytes(PIECE_BYTES);
  const [key, vector] = [randomBytes(KEY_BYTES), randomBytes(KEY_BYTES)];
  const fernet = new Fernet(KEY);
  const token = Buffer.alloc(fernet.sealedBytes(PIECE_BYTES));
  fernet.seal([piece], PIECE_BYTES, token, 0);
  const text = Buffer.alloc(token.length);
  const encoded = Buffer.alloc((ENCODED_BYTES / 3) * 4);
  writeBase64(piece.subarray(0, ENCODED_BYTES), encoded, 0);
  const stored = deflateSync(piece, { level: 0 });
  return {
    pieceBytes: PIECE_BYTES,
    runs: [
      ['AES-128-CBC, to encrypt', () => createCipheriv(ALGORITHM, key, vector).update(piece)],
      ['AES-128-CBC, to decrypt', () => createDecipheriv(ALGORITHM, key, vector).update(piece)],
      ['HMAC-SHA256', () => createHmac('sha256', key).update(piece).digest()],
      ['SHA-256', () => createHash('sha256').update(piece).digest()],
      ['Base64, to write', () => writeBase64(piece, text, 0)],
      ['Base64, to read', () => readBase64(encoded, text)],
      ['a Fernet token of 256 KiB, to seal', () => fernet.seal([piece], PIECE_BYTES, token, 0)],
      ['a Fernet token of 256 KiB, to open', () => fernet.open(token)],
      ['zlib, level 0, to deflate', () => deflateSync(piece, { level: 0 })],
      ['zlib, what is stored, to inflate', () => inflateSync(stored)],
    ],
  };
}
