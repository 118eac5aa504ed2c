import { BULK_CHUNK_BYTES } from '../../protocol/limits.ts';
import { MAX_SPARE_CHUNK_BYTES } from './limits.ts';

/**
 * Memory for pieces of files on their way, shared by all transfers of a node. Buffers lie outside the heap, so that
 * those of each file would stay for long after its end: ten workers that take the same packages left a dozen MiB of them.
 * What is more, V8 looks through the whole heap again whenever enough of them have outlived a few small collections.
 */
export class ChunkPool {
  readonly #chunkBytes: number;
  readonly #free: ArrayBuffer[] = [];

  /** `chunkBytes`: of the largest piece. */
  constructor(chunkBytes: number = BULK_CHUNK_BYTES) {
    this.#chunkBytes = chunkBytes;
  }

  /** Smaller pieces are not worth a whole chunk: many of them may be under way at once. */
  isFor(sizeBytes: number): boolean {
    return sizeBytes >= this.#chunkBytes / 2 && sizeBytes <= this.#chunkBytes;
  }

  /** A piece of memory with anything in it. */
  take(sizeBytes: number): Buffer<ArrayBuffer> {
    if (!this.isFor(sizeBytes)) return Buffer.allocUnsafeSlow(sizeBytes);
    return Buffer.from(this.#free.pop() ?? new ArrayBuffer(this.#chunkBytes), 0, sizeBytes);
  }

  /** Takes it back: from here on nobody may look at it. What is more than a window of one connection is let go. */
  give({ buffer }: Uint8Array): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== this.#chunkBytes) return;
    if ((this.#free.length + 1) * this.#chunkBytes <= MAX_SPARE_CHUNK_BYTES) this.#free.push(buffer);
  }
}
