import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { createBLAKE2b, type IHasher } from 'hash-wasm';

/** Size of every digest: BLAKE2b-512. */
const DIGEST_BITS = 512;
const READ_BYTES = 1_048_576;

/** One instance a thread: it is used from beginning to end without a pause, so nobody else comes in between. */
let hasher: Promise<IHasher> | null = null;
const instance = () => {
  hasher ??= createBLAKE2b(DIGEST_BITS);
  return hasher;
};

/** Hashes on the thread that calls it. Made ready once; then nothing waits. */
export interface Digester {
  bytes(bytes: Uint8Array): string;
  /** Reads the whole file, in pieces. Throws what the file system throws. */
  file(path: string): { digest: string; sizeBytes: number };
  /** The same for an open file; null if it does not have this size. */
  descriptor(file: number, sizeBytes: number): string | null;
}

export async function createDigester(): Promise<Digester> {
  const blake2b = await instance();
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  // A short read is not the end: some file systems answer in pieces. The end is the expected size, or no byte at all.
  const digestDescriptor = (file: number, expectedBytes: number) => {
    blake2b.init();
    let sizeBytes = 0;
    while (sizeBytes < expectedBytes) {
      const read = readSync(file, buffer, 0, READ_BYTES, null);
      if (read === 0) break;
      blake2b.update(buffer.subarray(0, read));
      sizeBytes += read;
    }
    return { digest: blake2b.digest('hex'), sizeBytes };
  };
  return {
    bytes: (bytes) => blake2b.init().update(bytes).digest('hex'),
    file: (path) => {
      const file = openSync(path, 'r');
      try {
        return digestDescriptor(file, Number.POSITIVE_INFINITY);
      } finally {
        closeSync(file);
      }
    },
    descriptor: (file, sizeBytes) => {
      const read = digestDescriptor(file, sizeBytes);
      return read.sizeBytes === sizeBytes ? read.digest : null;
    },
  };
}

/** BLAKE2b-512 of a few megabytes at most, hex. */
export async function digestBytes(bytes: Uint8Array): Promise<string> {
  const blake2b = await instance();
  return blake2b.init().update(bytes).digest('hex');
}

/** What tells one state of a file from another without reading it. Null where it cannot be told. */
export interface FileIdentity {
  size: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  ino: bigint;
}

export const sameIdentity = (left: FileIdentity, right: FileIdentity): boolean =>
  left.size === right.size &&
  left.mtimeNs === right.mtimeNs &&
  left.ctimeNs === right.ctimeNs &&
  left.ino === right.ino;

export const identityOf = (stats: {
  size: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  ino: bigint;
}): FileIdentity => ({
  size: Number(stats.size),
  mtimeNs: stats.mtimeNs,
  ctimeNs: stats.ctimeNs,
  ino: stats.ino,
});

export const fileIdentity = (descriptor: number): FileIdentity =>
  identityOf(fstatSync(descriptor, { bigint: true }));
