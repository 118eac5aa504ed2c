import { type BigIntStats, readSync } from 'node:fs';
import type { ReadFileSystem } from '../ports.ts';

/** What was opened cannot be read: others can, and it is left out. */
export class Unreadable extends Error {}

/** A file that was opened to be packed. What goes wrong with it is its own affair: everything throws `Unreadable`. */
export class OpenedFile {
  readonly #descriptor: number;
  readonly #source: ReadFileSystem;

  constructor(descriptor: number, source: ReadFileSystem) {
    this.#descriptor = descriptor;
    this.#source = source;
  }

  read(buffer: Buffer, sizeBytes: number, at: number): number {
    return reading(() => readSync(this.#descriptor, buffer, 0, sizeBytes, at));
  }

  stats(): BigIntStats {
    return reading(() => this.#source.fstat(this.#descriptor));
  }

  /** Never throws: where nothing can be told, it is taken for what it was when it was compared. */
  get isFile(): boolean {
    try {
      return this.stats().isFile();
    } catch {
      return true;
    }
  }
}

function reading<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new Unreadable((error as Error).message, { cause: error });
  }
}
