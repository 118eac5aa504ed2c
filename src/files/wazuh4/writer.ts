import { createHash, type Hash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, writevSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { MusterError } from '../../protocol/errors.ts';
import { ENTRY_END, LIST_NAME, PATH_END } from './format.ts';
import { WAZUH4_WINDOW_BYTES } from './limits.ts';

const MODE = 0o640;
/** Contents up to this are compressed with little memory, which takes half the time and loses nothing. */
const SMALL_CONTENT_BYTES = 16_384;
const SMALL_MEMORY_LEVEL = 5;

/** How much of a package there is, and what its digest would go on from. */
export interface Mark {
  readonly sizeBytes: number;
  readonly hash: Hash;
}

/** Writes a package of the original, entry by entry. An entry that was begun can be taken back. */
export class PackageWriter {
  readonly #file: number;
  #hash: Hash = createHash('sha256');
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #sizeBytes = 0;

  /** Replaces what is at the path. Throws what the file system throws. */
  constructor(path: string) {
    this.#file = openSync(path, 'w', MODE);
  }

  /** Bytes that there are. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  mark(): Mark {
    return { sizeBytes: this.#sizeBytes, hash: this.#hash.copy() };
  }

  /** Takes back everything since the mark. */
  rollBack({ sizeBytes, hash }: Mark): void {
    this.#flush();
    ftruncateSync(this.#file, sizeBytes);
    this.#sizeBytes = sizeBytes;
    this.#hash = hash;
  }

  /** Appends bytes, which are not copied: the caller leaves them alone. */
  append(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#sizeBytes += bytes.length;
    if (this.#pendingBytes >= WAZUH4_WINDOW_BYTES) this.#flush();
  }

  /** What stands in front of the content of a file. */
  begin(path: string): void {
    this.append(Buffer.from(path));
    this.append(PATH_END);
  }

  /** What stands behind it. */
  end(): void {
    this.append(ENTRY_END);
  }

  /** Ends the package with its list. Returns its size and its SHA-256, which the end of its transfer tells. */
  close(list: Uint8Array, level: number): { sizeBytes: number; sha256: string } {
    this.begin(LIST_NAME);
    this.append(deflated(list, level));
    this.#flush();
    closeSync(this.#file);
    return { sizeBytes: this.#sizeBytes, sha256: this.#hash.digest('hex') };
  }

  /** Gives up; what was written stays for the caller to remove. */
  abandon(): void {
    closeSync(this.#file);
  }

  #flush(): void {
    let at = this.#sizeBytes - this.#pendingBytes;
    let left = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    while (left.length > 0) {
      const batch = left.slice(0, MAX_VECTORS);
      const wanted = batch.reduce((sum, { length }) => sum + length, 0);
      const written = writevSync(this.#file, batch, at);
      at += written;
      left = written === wanted ? left.slice(batch.length) : rest(left, written);
    }
  }
}

/** What the system takes in one call. */
const MAX_VECTORS = 1024;

/** What is left of pieces of which so many bytes were written. */
function rest(pieces: readonly Uint8Array[], writtenBytes: number): Uint8Array[] {
  let left = writtenBytes;
  let i = 0;
  for (; left >= (pieces[i]?.length ?? Number.POSITIVE_INFINITY); i += 1) left -= pieces[i]?.length ?? 0;
  const [first, ...others] = pieces.slice(i);
  return first === undefined ? [] : [first.subarray(left), ...others];
}

/** A zlib stream. Throws 3001. */
export function deflated(content: Uint8Array, level: number): Buffer {
  try {
    const isSmall = content.length <= SMALL_CONTENT_BYTES;
    return deflateSync(content, isSmall ? { level, memLevel: SMALL_MEMORY_LEVEL } : { level });
  } catch (error) {
    throw new MusterError(3001, (error as Error).message, { cause: error });
  }
}
