/** Bytes that are given to the system at once: more than a line, and little enough that whoever watches sees them come. */
const CHUNK_BYTES = 16_384;

/** What waits to be written, in its order. */
export class Backlog {
  readonly #maxBytes: number;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** False if there is no room for it. */
  add(text: string): boolean {
    const piece = Buffer.from(text);
    if (this.#bytes + piece.length > this.#maxBytes) return false;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    return true;
  }

  /** Takes the beginning out; what of it is not written is put back. */
  take(): Buffer {
    let count = 0;
    let bytes = 0;
    while (count < this.#pieces.length && bytes < CHUNK_BYTES) {
      bytes += this.#pieces[count]?.length ?? 0;
      count += 1;
    }
    this.#bytes -= bytes;
    return Buffer.concat(this.#pieces.splice(0, count));
  }

  putBack(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#pieces.unshift(rest);
    this.#bytes += rest.length;
  }

  /** Takes everything out. */
  takeAll(): string {
    this.#bytes = 0;
    return Buffer.concat(this.#pieces.splice(0)).toString('utf8');
  }
}
