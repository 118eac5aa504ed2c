import { writeFileSync } from 'node:fs';
import { MusterError } from '../protocol/errors.ts';
import { digestOf } from './digest.ts';
import { systemMessage } from './ports.ts';

/** A file that was written, as its transfer announces it. */
export interface WrittenFile {
  sizeBytes: number;
  /** BLAKE2b-512, hex. */
  digest: string;
}

const MODE = 0o640;

/** Writes what is to be sent, on the thread that calls it. Throws 3119. */
export function writeFile(path: string, bytes: Uint8Array): WrittenFile {
  try {
    writeFileSync(path, bytes, { mode: MODE });
  } catch (error) {
    throw new MusterError(3119, systemMessage(path, error), { cause: error });
  }
  return { sizeBytes: bytes.length, digest: digestOf(bytes) };
}
