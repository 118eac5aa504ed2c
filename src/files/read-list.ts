import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { MusterError } from '../protocol/errors.ts';
import { OPEN_TO_READ } from './digest.ts';
import { MAX_METADATA_BYTES } from './limits.ts';
import { systemMessage } from './ports.ts';

/** Reads a list of files that a peer sent, whole. Throws 3113 above `MAX_METADATA_BYTES`, 3040 if it is not there. */
export function readList(path: string): Uint8Array {
  const file = open(path);
  try {
    const { size } = fstatSync(file);
    if (size > MAX_METADATA_BYTES) throw new MusterError(3113, `${path} has ${size} bytes`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, OPEN_TO_READ);
  } catch (error) {
    throw new MusterError(3040, systemMessage(path, error), { cause: error });
  }
}
