import { writeFileSync } from 'node:fs';
import { digestOf } from './digest.ts';
import { naming } from './naming.ts';

/** A file that was written, as its transfer announces it. */
export interface WrittenFile {
  sizeBytes: number;
  /** BLAKE2b-512, hex. */
  digest: string;
}

const MODE = 0o640;

/** Writes what is to be sent, on the thread that calls it. Throws 3119. */
export function writeFile(path: string, bytes: Uint8Array): WrittenFile {
  naming(path, () => writeFileSync(path, bytes, { mode: MODE }));
  return { sizeBytes: bytes.length, digest: digestOf(bytes) };
}
