import { MAX_KEPT_FILE_BYTES, MAX_KEPT_FILES, MESSAGE_COST_BYTES } from './limits.ts';

interface Arriving {
  readonly handle: number;
  readonly chunks: Buffer[];
}

/** A name for a string, which has none. */
export const stringName = (handle: number): string => `string ${handle}`;

const costOf = (chunk: Buffer) => chunk.length + MESSAGE_COST_BYTES;

/**
 * Files and strings of the other side as they come: of those that tell something the end is kept, since that stands there.
 * There is one room for all of them: what is too much drops the beginning of the oldest.
 */
export class Arrivals {
  readonly #tells: (name: string) => boolean;
  readonly #maxKeptBytes: number;
  readonly #names = new Map<number, string>();
  /** In the order in which they began. */
  readonly #kept = new Map<string, Arriving>();
  #bytes = 0;

  /** `tells`: whether a file of this name is one of those. */
  constructor(tells: (name: string) => boolean, maxKeptBytes = MAX_KEPT_FILE_BYTES) {
    this.#tells = tells;
    this.#maxKeptBytes = maxKeptBytes;
  }

  begin(handle: number, name: string): void {
    if (!this.#tells(name)) return;
    this.#forget(name);
    this.#names.set(handle, name);
    this.#kept.set(name, { handle, chunks: [] });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT_FILES && oldest !== undefined) this.#forget(oldest);
  }

  add(handle: number, data: Buffer): void {
    const arriving = this.#kept.get(this.#names.get(handle) ?? '');
    if (arriving === undefined) return;
    arriving.chunks.push(data);
    this.#bytes += costOf(data);
    this.#makeRoom();
  }

  /**
   * The end of a file, the whole of it if there was room; null if it did not come, tells nothing, or was dropped for what
   * came later.
   */
  end(name: string): Buffer | null {
    const arriving = this.#kept.get(name);
    return arriving === undefined ? null : Buffer.concat(arriving.chunks);
  }

  /** Chunk by chunk as long as what is left fills the room: the last ones, which are wanted, stay whole. */
  #makeRoom(): void {
    for (const [name, { chunks }] of this.#kept) {
      for (let [first] = chunks; first !== undefined; [first] = chunks) {
        if (this.#bytes - costOf(first) < this.#maxKeptBytes) return;
        this.#bytes -= costOf(first);
        chunks.shift();
      }
      this.#forget(name);
    }
  }

  #forget(name: string): void {
    const arriving = this.#kept.get(name);
    if (arriving === undefined) return;
    for (const chunk of arriving.chunks) this.#bytes -= costOf(chunk);
    this.#names.delete(arriving.handle);
    this.#kept.delete(name);
  }
}
