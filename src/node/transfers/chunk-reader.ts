import type { BigIntStats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileSystemError } from '../../config/system-words.ts';
import { OPEN_TO_READ } from '../../files/digest.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { ChunkPool } from './chunk-pool.ts';

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

const fileError = (path: string, error: unknown) =>
  (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? new MusterError(3034, path, { cause: error })
    : fileSystemError(path, error);

/**
 * Opens a local file of known size; no link is followed. Rejects with 3034 if there is none, 3119 if it cannot be read or
 * is no regular file of that size; reading rejects with 3119 when the file has changed meanwhile.
 */
export async function openFileReader(
  path: string,
  sizeBytes: number,
  chunks: ChunkPool,
): Promise<ChunkReader> {
  const file = await open(path, OPEN_TO_READ).catch((error) => {
    throw fileError(path, error);
  });
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw new MusterError(3119, `${path}: not a regular file`);
    if (Number(stats.size) !== sizeBytes) {
      throw new MusterError(
        3119,
        `${path}: has ${stats.size} bytes, and not the ${sizeBytes} that were expected`,
      );
    }
    return new FileReader(path, file, stats, chunks);
  } catch (error) {
    await file.close();
    throw MusterError.from(error, 3119);
  }
}

class FileReader implements ChunkReader {
  readonly #path: string;
  readonly #file: FileHandle;
  /** What it was when it was opened. */
  readonly #opened: BigIntStats;
  readonly #chunks: ChunkPool;

  constructor(path: string, file: FileHandle, opened: BigIntStats, chunks: ChunkPool) {
    this.#path = path;
    this.#file = file;
    this.#opened = opened;
    this.#chunks = chunks;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const chunk = this.#chunks.take(length);
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
    if (position + length === Number(this.#opened.size)) await this.#checkUnchanged();
    return chunk;
  }

  /** The peer would only find that the digest is wrong, and not of which file. */
  async #checkUnchanged(): Promise<void> {
    const { size, mtimeNs } = await this.#file.stat({ bigint: true });
    if (size !== this.#opened.size || mtimeNs !== this.#opened.mtimeNs)
      throw new MusterError(3119, `${this.#path}: changed while it was being sent`);
  }

  recycle(chunk: Uint8Array): void {
    this.#chunks.give(chunk);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
