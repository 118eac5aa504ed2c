import { type FileHandle, open } from 'node:fs/promises';
import { MusterError } from '../../protocol/errors.ts';

/** Where the bytes of a transfer come from. */
export interface ChunkReader {
  /** Exactly so many bytes from there on. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Takes back a chunk that is of no more use to its reader. */
  recycle(chunk: Uint8Array): void;
  close(): Promise<void>;
}

/** Reads a string that is in memory. */
export const bytesReader = (bytes: Uint8Array): ChunkReader => ({
  read: async (position, length) => bytes.subarray(position, position + length),
  recycle: () => {},
  close: async () => {},
});

const fileError = (path: string, error: unknown) => {
  const { code, message } = error as NodeJS.ErrnoException;
  return new MusterError(code === 'ENOENT' ? 3034 : 3119, `${path}: ${message}`, { cause: error });
};

/**
 * Opens a local file of known size. Rejects with 3034 if there is none, 3119 if it cannot be read or is no regular file
 * of that size; reading rejects with 3119 when the file has become shorter meanwhile.
 */
export async function openFileReader(path: string, sizeBytes: number): Promise<ChunkReader> {
  const file = await open(path, 'r').catch((error) => {
    throw fileError(path, error);
  });
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new MusterError(3119, `${path}: not a regular file`);
    if (stats.size !== sizeBytes) {
      throw new MusterError(
        3119,
        `${path}: has ${stats.size} bytes, and not the ${sizeBytes} that were expected`,
      );
    }
  } catch (error) {
    await file.close();
    throw MusterError.from(error, 3119);
  }
  return new FileReader(path, file);
}

class FileReader implements ChunkReader {
  readonly #path: string;
  readonly #file: FileHandle;
  /** Buffers that came back, so that a long file costs one window of memory and no more. */
  readonly #spare: Uint8Array[] = [];

  constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const spare = this.#spare.pop();
    const chunk = spare?.length === length ? spare : Buffer.allocUnsafeSlow(length);
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await this.#file
        .read(chunk, filled, length - filled, position + filled)
        .catch((error) => {
          throw fileError(this.#path, error);
        });
      if (bytesRead === 0)
        throw new MusterError(3119, `${this.#path}: became shorter while it was being sent`);
      filled += bytesRead;
    }
    return chunk;
  }

  recycle(chunk: Uint8Array): void {
    this.#spare.push(chunk);
  }

  async close(): Promise<void> {
    this.#spare.length = 0;
    await this.#file.close();
  }
}
