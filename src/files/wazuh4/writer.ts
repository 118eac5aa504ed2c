import { createHash, type Hash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { MusterError } from '../../protocol/errors.ts';
import { ENTRY_END, PATH_END } from './format.ts';
import { WAZUH4_WHOLE_ENTRY_BYTES, WAZUH4_WINDOW_BYTES } from './limits.ts';
import { Deflater, deflateBound } from './one-shot.ts';
import { SeparatorSearch } from './separator-search.ts';

const MODE = 0o640;

/** How much of a package there is, and what its digest would go on from. */
export interface Mark {
  readonly sizeBytes: number;
  readonly hash: Hash | null;
}

/** Writes a package of the original, entry by entry. An entry that was begun can be taken back. */
export class PackageWriter {
  readonly #file: number;
  readonly #level: number;
  readonly #deflater: Deflater;
  /** What is not on the disk yet. */
  readonly #window = Buffer.allocUnsafeSlow(WAZUH4_WINDOW_BYTES);
  #filled = 0;
  #flushedBytes = 0;
  /** Of what is on the disk. */
  #hash: Hash = createHash('sha256');
  /** Looks through the content of the entry that is written. */
  readonly #search = new SeparatorSearch();
  /** Where that content begins in the package, and what of the window was looked at. */
  #contentAt = 0;
  #searched = 0;
  #isInContent = false;

  /** Replaces what is at the path. `level`: of zlib. Throws 3001 for a bad one, and what the file system throws. */
  constructor(path: string, level: number) {
    this.#level = level;
    this.#deflater = zlibs(() => new Deflater(level));
    this.#file = openSync(path, 'w', MODE);
  }

  /** Bytes that there are. */
  get sizeBytes(): number {
    return this.#flushedBytes + this.#filled;
  }

  /**
   * Where the writer is. With `roomBytes` for what comes, nothing goes to the disk before that is used up: to go back is
   * cheap then.
   */
  mark(roomBytes: number): Mark {
    if (roomBytes <= WAZUH4_WINDOW_BYTES) {
      this.#makeRoom(roomBytes);
      return { sizeBytes: this.sizeBytes, hash: null };
    }
    this.#flush();
    return { sizeBytes: this.sizeBytes, hash: this.#hash.copy() };
  }

  /** Takes back everything since the mark. */
  rollBack({ sizeBytes, hash }: Mark): void {
    if (hash === null) {
      this.#filled = sizeBytes - this.#flushedBytes;
      return;
    }
    this.#filled = 0;
    ftruncateSync(this.#file, sizeBytes);
    this.#flushedBytes = sizeBytes;
    this.#hash = hash;
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      this.#makeRoom(1);
      const piece = bytes.subarray(at, at + WAZUH4_WINDOW_BYTES - this.#filled);
      this.#window.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
    }
  }

  /** What stands in front of the content of a file. */
  begin(path: string): void {
    this.append(Buffer.from(path));
    this.append(PATH_END);
    this.#contentAt = this.sizeBytes;
    this.#searched = this.#filled;
    this.#isInContent = true;
    this.#search.restart();
  }

  /** Compresses a content and appends it. `level`: where it is not to be that of the package. Throws 3001. */
  appendDeflated(content: Uint8Array, level = this.#level): void {
    if (content.length > WAZUH4_WHOLE_ENTRY_BYTES || level !== this.#level) {
      this.append(zlibs(() => deflateSync(content, { level })));
      return;
    }
    this.#makeRoom(deflateBound(content.length));
    this.#filled += zlibs(() => this.#deflater.deflate(content, this.#window, this.#filled));
  }

  /**
   * What stands behind it. False if the same stands within the content already: an original takes that for the end of the
   * entry, and can read nothing of the package then.
   */
  end(): boolean {
    const sizeBytes = this.sizeBytes - this.#contentAt;
    this.append(ENTRY_END);
    this.#isInContent = false;
    return this.#search.endingWith(this.#window.subarray(this.#searched, this.#filled)) === sizeBytes;
  }

  /** Ends the package. Returns its size and its SHA-256, which the end of its transfer tells. */
  close(): { sizeBytes: number; sha256: string } {
    this.#flush();
    closeSync(this.#file);
    return { sizeBytes: this.sizeBytes, sha256: this.#hash.digest('hex') };
  }

  /** Gives up; what was written stays for the caller to remove. */
  abandon(): void {
    closeSync(this.#file);
  }

  #makeRoom(sizeBytes: number): void {
    if (this.#filled + sizeBytes > WAZUH4_WINDOW_BYTES) this.#flush();
  }

  #flush(): void {
    const filled = this.#window.subarray(0, this.#filled);
    if (this.#isInContent) this.#search.see(filled.subarray(this.#searched));
    this.#searched = 0;
    for (let at = 0; at < filled.length; )
      at += writeSync(this.#file, filled, at, filled.length - at, this.#flushedBytes + at);
    this.#hash.update(filled);
    this.#flushedBytes += filled.length;
    this.#filled = 0;
  }
}

/** Throws 3001 for what zlib throws. */
function zlibs<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new MusterError(3001, (error as Error).message, { cause: error });
  }
}
