/** What is wrong with one direction of a pair. Everything is in bytes from the beginning of that direction. */
export interface Faults {
  /** The connection is lost, on both sides, when so many bytes have passed. */
  cutAtByte?: number;
  /** Nothing passes any more after so many bytes, not even the end, and nobody is told. */
  freezeAtByte?: number;
  /** Bytes arrive in pieces of at most this size. */
  maxChunkBytes?: number;
  /** What is written at once arrives in pieces: the first of at most this size, each further one of at most twice the last. */
  firstChunkBytes?: number;
  /** Everything arrives so much later, in milliseconds; needs a clock. */
  delayMs?: number;
}

/** Time, as far as a pair needs it. */
export interface MemoryClock {
  setTimeout(task: () => void, timeoutMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** What one end has written and the other has not read: bytes, and at last the end. */
export class Line {
  readonly #faults: Faults;
  readonly #clock: MemoryClock | undefined;
  #arrived: Uint8Array[] = [];
  /** Pieces that were taken of the first of these. */
  #piecesTaken = 0;
  /** In order of writing; each timer delivers the first, whichever fires. */
  #travelling: (Uint8Array | 'end')[] = [];
  readonly #timers = new Set<unknown>();
  #queuedBytes = 0;
  #passedBytes = 0;
  #hasEnd = false;

  constructor(faults: Faults, clock: MemoryClock | undefined) {
    if ((faults.delayMs ?? 0) > 0 && clock === undefined) throw new Error('a delay needs a clock');
    this.#faults = faults;
    this.#clock = clock;
  }

  /** Bytes written and not read. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** True when everything has been read and the end is what remains. */
  get isAtEnd(): boolean {
    return this.#hasEnd && this.#queuedBytes === 0 && !this.#isFrozen;
  }

  get #isFrozen(): boolean {
    return this.#passedBytes >= (this.#faults.freezeAtByte ?? Number.POSITIVE_INFINITY);
  }

  /** Puts bytes or the end on their way; `arrived` is called when there is something to read. */
  send(item: Uint8Array | 'end', arrived: () => void): void {
    if (item !== 'end') this.#queuedBytes += item.length;
    const { delayMs = 0 } = this.#faults;
    this.#travelling.push(item);
    const deliver = () => {
      const next = this.#travelling.shift();
      if (next === 'end') this.#hasEnd = true;
      else if (next !== undefined) this.#arrived.push(next);
      arrived();
    };
    if (delayMs === 0 || this.#clock === undefined) {
      deliver();
      return;
    }
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(timer);
      deliver();
    }, delayMs);
    this.#timers.add(timer);
  }

  /** The next piece that passes, a copy; `cut` when the connection breaks here; null while nothing passes. */
  take(): Uint8Array | 'cut' | null {
    const {
      cutAtByte = Number.POSITIVE_INFINITY,
      freezeAtByte = Number.POSITIVE_INFINITY,
      maxChunkBytes = Number.POSITIVE_INFINITY,
      firstChunkBytes = Number.POSITIVE_INFINITY,
    } = this.#faults;
    const first = this.#arrived[0];
    if (first === undefined || this.#isFrozen) return null;
    if (this.#passedBytes >= cutAtByte) return 'cut';
    const leftBytes = Math.min(cutAtByte, freezeAtByte) - this.#passedBytes;
    const pieceBytes = Math.min(maxChunkBytes, firstChunkBytes * 2 ** this.#piecesTaken);
    const sizeBytes = Math.min(first.length, pieceBytes, leftBytes);
    if (sizeBytes === first.length) {
      this.#arrived.shift();
      this.#piecesTaken = 0;
    } else {
      this.#arrived[0] = first.subarray(sizeBytes);
      this.#piecesTaken += 1;
    }
    this.#queuedBytes -= sizeBytes;
    this.#passedBytes += sizeBytes;
    // `slice` of a Buffer would be a view of what the writer may still use.
    return Buffer.from(first.subarray(0, sizeBytes));
  }

  /** Drops everything that was on its way. */
  clear(): void {
    for (const timer of this.#timers) this.#clock?.clearTimeout(timer);
    this.#timers.clear();
    this.#arrived = [];
    this.#travelling = [];
    this.#queuedBytes = 0;
  }
}
