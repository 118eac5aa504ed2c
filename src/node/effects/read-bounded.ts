import { open } from 'node:fs/promises';
import { MAX_METADATA_BYTES } from '../../files/limits.ts';
import { MusterError } from '../../protocol/errors.ts';

/** Reads a file list that a peer sent, whole. Throws 3113 above `MAX_METADATA_BYTES`, 3040 if it is not there. */
export async function readBounded(path: string): Promise<Uint8Array> {
  const file = await open(path).catch((error: unknown) => {
    throw new MusterError(3040, `${path}: ${(error as Error).message}`, { cause: error });
  });
  try {
    const { size } = await file.stat();
    if (size > MAX_METADATA_BYTES) throw new MusterError(3113, `${path} has ${size} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
