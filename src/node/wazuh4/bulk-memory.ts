import {
  tokenBytes,
  WAZUH4_HEADER_BYTES,
  WAZUH4_MAX_PATH_BYTES,
} from '../../protocol/dialects/wazuh4/limits.ts';
import { BULK_CHUNK_BYTES } from '../../protocol/limits.ts';
import { ChunkPool } from '../transfers/chunk-pool.ts';

/** A frame with the largest piece that we send: what names its file stands in front, with a space behind. */
const FRAME_BYTES = WAZUH4_HEADER_BYTES + tokenBytes(WAZUH4_MAX_PATH_BYTES + 1 + BULK_CHUNK_BYTES);

/**
 * Memory for pieces of files that are encrypted, for all connections of a node. Encrypting fills so much of the heap with
 * texts, that a buffer which is needed until its piece is confirmed, or written, would outlive two small collections, and
 * wait for one of the whole heap: without this a third of the CPU of a large file goes there, at both ends.
 */
export class BulkMemory {
  readonly #frames = new ChunkPool(FRAME_BYTES);
  readonly #pieces = new ChunkPool();

  /** For a frame. */
  readonly takeFrame = (sizeBytes: number): Buffer => this.#frames.take(sizeBytes);

  /** The same bytes, where they may stay. */
  keep(piece: Uint8Array): Uint8Array {
    if (!this.#pieces.isFor(piece.length)) return piece;
    const kept = this.#pieces.take(piece.length);
    kept.set(piece);
    return kept;
  }

  /** Frames and pieces that nobody looks at any more. */
  give(bytes: readonly Uint8Array[]): void {
    for (const one of bytes) {
      this.#frames.give(one);
      this.#pieces.give(one);
    }
  }
}
