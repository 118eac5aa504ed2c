import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { IHasher } from 'hash-wasm';
// Not from 'hash-wasm': that holds all of its algorithms, of which each thread would keep the text.
import hashWasm from 'hash-wasm/dist/blake2b.umd.min.js';

/** Every digest is BLAKE2b with 64 bytes of output and no key, written as 128 hexadecimal digits. */
const DIGEST_BITS = 512;
const READ_BYTES = 1_048_576;

/** One instance a thread: every use of it runs from beginning to end without a pause. */
const blake2b = await hashWasm.createBLAKE2b(DIGEST_BITS);

/** What a thread reads into; allocated when it is first needed. */
let readBuffer: Buffer | null = null;

/** BLAKE2b-512, hex, on the thread that calls it: 1 ms takes it through about 600 KB. */
export function digestOf(bytes: Uint8Array): string {
  return finish(blake2b.init().update(bytes));
}

/** Binary first: the package's own way to hex costs as much as the digest of a small file. */
function finish(hasher: IHasher): string {
  const { buffer, byteOffset, byteLength } = hasher.digest('binary');
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
}

/** BLAKE2b-512, hex; of what is long with pauses, in which everybody else on the thread is served. */
export async function digestBytes(bytes: Uint8Array): Promise<string> {
  if (bytes.length <= READ_BYTES) return digestOf(bytes);
  const hash = createHash('blake2b512');
  for (let at = 0; at < bytes.length; at += READ_BYTES) {
    if (at > 0) await setImmediate();
    hash.update(bytes.subarray(at, at + READ_BYTES));
  }
  return hash.digest('hex');
}

/** Digest of what an open file holds from here on, and how much that is. Throws what the file system throws. */
export function digestDescriptor(file: number): { digest: string; sizeBytes: number } {
  readBuffer ??= Buffer.allocUnsafe(READ_BYTES);
  const first = readSync(file, readBuffer, 0, READ_BYTES, null);
  // Most files end here, and one call costs less than a stream of them.
  if (first < READ_BYTES) return { digest: digestOf(readBuffer.subarray(0, first)), sizeBytes: first };
  blake2b.init();
  let sizeBytes = 0;
  for (let read = first; read > 0; read = readSync(file, readBuffer, 0, READ_BYTES, null)) {
    blake2b.update(readBuffer.subarray(0, read));
    sizeBytes += read;
  }
  return { digest: finish(blake2b), sizeBytes };
}

/**
 * How files are opened for reading: a link that took the place of a file is not followed, and a pipe that did does not
 * hold the thread.
 */
export const OPEN_TO_READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The digest of a whole file, and what tells later whether it is still that file. */
export interface FileDigest {
  digest: string;
  sizeBytes: number;
  /** Inode, size and modification time: they stay when the file is moved, and change when it is written. */
  state: string;
}

/** Reads and hashes a whole file on the thread that calls it. Throws what the file system throws. */
export function digestOfFile(path: string): FileDigest {
  const file = openSync(path, OPEN_TO_READ);
  try {
    const before = stateOf(fstatSync(file, { bigint: true }));
    const { digest, sizeBytes } = digestDescriptor(file);
    const isStable = before === stateOf(fstatSync(file, { bigint: true }));
    return { digest, sizeBytes, state: isStable ? before : '' };
  } finally {
    closeSync(file);
  }
}

/** The same of a file that is not read. Throws what the file system throws. */
export function stateOfFile(path: string): string {
  return stateOf(lstatSync(path, { bigint: true }));
}

const stateOf = ({ dev, ino, size, mtimeNs }: BigIntStats) => `${dev}:${ino}:${size}:${mtimeNs}`;
