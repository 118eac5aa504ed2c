import { readSync } from 'node:fs';
import { WAZUH4_WINDOW_BYTES } from './limits.ts';

/** A part of a file that moves on from its beginning to its end. */
export class Window {
  readonly #file: number;
  readonly #buffer: Buffer;
  #start = 0;
  #end = 0;
  #isAtEnd = false;

  /** `sizeBytes`: of the file, as far as it is known. */
  constructor(file: number, sizeBytes: number) {
    this.#file = file;
    // One more than there is, so that the end is seen.
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(WAZUH4_WINDOW_BYTES, sizeBytes + 1));
  }

  /** What is in sight; it is overwritten by `fill`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Reads on until so many bytes are in sight, or all that there are. Throws what the file system throws. */
  fill(sizeBytes: number): void {
    if (this.#end - this.#start >= sizeBytes || this.#isAtEnd) return;
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    while (this.#end < this.#buffer.length) {
      const read = readSync(this.#file, this.#buffer, this.#end, this.#buffer.length - this.#end, null);
      this.#end += read;
      if (read > 0) continue;
      this.#isAtEnd = true;
      return;
    }
  }

  /** Moves on. */
  take(sizeBytes: number): void {
    this.#start += sizeBytes;
  }
}
