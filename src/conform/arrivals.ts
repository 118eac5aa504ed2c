import { MAX_KEPT_FILE_BYTES } from './limits.ts';

interface Arriving {
  readonly chunks: Buffer[];
  bytes: number;
}

/** A name for a string, which has none. */
export const stringName = (handle: number): string => `string ${handle}`;

/** Files and strings of the other side as they come: of those that tell something the end is kept, since that stands there. */
export class Arrivals {
  readonly #tells: (name: string) => boolean;
  readonly #maxKeptBytes: number;
  readonly #names = new Map<number, string>();
  readonly #kept = new Map<string, Arriving>();

  /** `tells`: whether a file of this name is one of those. */
  constructor(tells: (name: string) => boolean, maxKeptBytes = MAX_KEPT_FILE_BYTES) {
    this.#tells = tells;
    this.#maxKeptBytes = maxKeptBytes;
  }

  begin(handle: number, name: string): void {
    if (!this.#tells(name)) return;
    this.#names.set(handle, name);
    this.#kept.set(name, { chunks: [], bytes: 0 });
  }

  add(handle: number, data: Buffer): void {
    const arriving = this.#kept.get(this.#names.get(handle) ?? '');
    if (arriving === undefined) return;
    arriving.chunks.push(data);
    arriving.bytes += data.length;
    for (let [first] = arriving.chunks; first !== undefined; [first] = arriving.chunks) {
      if (arriving.bytes - first.length < this.#maxKeptBytes) return;
      arriving.bytes -= first.length;
      arriving.chunks.shift();
    }
  }

  /** The end of a file, the whole of it if it is not longer than what is kept; null if it did not come, or tells nothing. */
  end(name: string): Buffer | null {
    const arriving = this.#kept.get(name);
    return arriving === undefined ? null : Buffer.concat(arriving.chunks);
  }
}
