/**
 * Memory that is used again. A fresh buffer for every package would be garbage of megabytes, which a thread with little
 * to do otherwise does not collect for a long time.
 */
export class Scratch {
  readonly #maxBytes: number;
  #free: Buffer | null = null;

  /** What is larger than `maxBytes` is not kept. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** A buffer of this size, filled with anything; a new one while the other is taken. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes > this.#maxBytes) return Buffer.allocUnsafeSlow(sizeBytes);
    const free = this.#free ?? Buffer.allocUnsafeSlow(this.#maxBytes);
    this.#free = null;
    return free.subarray(0, sizeBytes);
  }

  /** Gives it back: from here on nobody may look at it. */
  give({ buffer, byteLength }: Buffer): void {
    if (byteLength <= this.#maxBytes && buffer.byteLength === this.#maxBytes)
      this.#free = Buffer.from(buffer);
  }
}
