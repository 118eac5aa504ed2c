import { MAX_KEPT_FILE_BYTES } from './limits.ts';

interface Arriving {
  readonly name: string;
  chunks: Buffer[];
  bytes: number;
}

/** Files of the master as they come: of each the end is kept, since what was sent is told there. */
export class Arrivals {
  readonly #byHandle = new Map<number, Arriving>();
  readonly #byName = new Map<string, Arriving>();

  begin(handle: number, name: string): void {
    const arriving = { name, chunks: [], bytes: 0 };
    this.#byHandle.set(handle, arriving);
    this.#byName.set(name, arriving);
  }

  add(handle: number, data: Buffer): void {
    const arriving = this.#byHandle.get(handle);
    if (arriving === undefined) return;
    arriving.chunks.push(data);
    arriving.bytes += data.length;
    while (arriving.bytes - (arriving.chunks[0]?.length ?? 0) >= MAX_KEPT_FILE_BYTES)
      arriving.bytes -= arriving.chunks.shift()?.length ?? 0;
  }

  /** The end of a file, the whole of it if it is not longer than what is kept; null if it did not come. */
  end(name: string): Buffer | null {
    const arriving = this.#byName.get(name);
    return arriving === undefined ? null : Buffer.concat(arriving.chunks);
  }
}
