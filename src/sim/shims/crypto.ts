import { world } from '../world.ts';

/** `node:crypto`, whose random numbers are those of a simulated world. */

export {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createSecretKey,
  type Hash,
  hash,
  hkdfSync,
  timingSafeEqual,
  X509Certificate,
} from 'node:crypto';

const BYTE = 256;

export function randomBytes(sizeBytes: number): Buffer {
  const random = world().random('crypto');
  return Buffer.from(Array.from({ length: sizeBytes }, () => Math.floor(random() * BYTE)));
}

export function randomFillSync<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
  bytes.set(randomBytes(bytes.length));
  return bytes;
}

/** It waits for a thread of Node, which takes as long as it takes. */
export function argon2(): never {
  throw new Error('argon2 is not simulated');
}

export const randomInt = (from: number, to?: number): number => {
  const [least, end] = to === undefined ? [0, from] : [from, to];
  return least + Math.floor(world().random('crypto')() * (end - least));
};

export function randomUUID(): string {
  const hex = randomBytes(16).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
