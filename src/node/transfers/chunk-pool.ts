import { BULK_CHUNK_BYTES } from '../../protocol/limits.ts';
import { MAX_SPARE_CHUNK_BYTES } from './limits.ts';

/** Smaller pieces are not worth a whole chunk: many of them may be under way at once. */
const MIN_POOLED_BYTES = BULK_CHUNK_BYTES / 2;

/**
 * Memory for pieces of files on their way out, shared by all transfers of a node. Buffers lie outside the heap, so that
 * those of each file would stay for long after its end: ten workers that take the same packages left a dozen MiB of them.
 */
export class ChunkPool {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  /** A piece of memory with anything in it. */
  take(sizeBytes: number): Uint8Array {
    if (sizeBytes < MIN_POOLED_BYTES || sizeBytes > BULK_CHUNK_BYTES)
      return Buffer.allocUnsafeSlow(sizeBytes);
    const chunk = this.#free.pop() ?? new Uint8Array(BULK_CHUNK_BYTES);
    return chunk.subarray(0, sizeBytes);
  }

  /** Takes it back: from here on nobody may look at it. What is more than a window of one connection is let go. */
  give({ buffer }: Uint8Array): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== BULK_CHUNK_BYTES) return;
    if ((this.#free.length + 1) * BULK_CHUNK_BYTES <= MAX_SPARE_CHUNK_BYTES)
      this.#free.push(new Uint8Array(buffer));
  }
}
