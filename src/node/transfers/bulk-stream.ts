import type { BulkCommand } from '../../protocol/dialects/dialect.ts';
import { BULK_CHUNK_BYTES } from '../../protocol/limits.ts';
import type { ChunkReader } from './chunk-reader.ts';
import { PIECE_TIMEOUT_MS } from './limits.ts';
import type { TransferChannel } from './ports.ts';
import type { SendWindow } from './window.ts';

export interface BulkStream {
  channel: TransferChannel;
  command: BulkCommand;
  handle: number;
  reader: ChunkReader;
  /** What the peer has already; sending begins there. */
  offset: number;
  sizeBytes: number;
  window: SendWindow;
  signal: AbortSignal;
  /** So many more bytes are confirmed. */
  onConfirmed(bytes: number): void;
}

/**
 * Sends the pieces in order, as many at once as the window allows, and resolves when all are confirmed. Rejects with
 * the first failure, after what was under way has settled: then nothing refers to the reader any more.
 */
export async function streamBulk(stream: BulkStream): Promise<void> {
  const { reader, window, sizeBytes } = stream;
  const stop = new AbortController();
  const signal = AbortSignal.any([stream.signal, stop.signal]);
  const underWay = new Set<Promise<void>>();
  let failure: { error: unknown } | null = null;
  const fail = (error: unknown) => {
    failure ??= { error };
    stop.abort();
  };
  try {
    for (let position = stream.offset; position < sizeBytes; ) {
      const length = Math.min(BULK_CHUNK_BYTES, sizeBytes - position);
      await window.take(length, signal);
      // Read one after the other, so that the file is read in order; confirmed side by side.
      const piece = await reader.read(position, length).catch((error) => {
        window.give(length);
        throw error;
      });
      const sending = sendPiece(stream, signal, position, piece)
        .catch(fail)
        .finally(() => {
          window.give(length);
          underWay.delete(sending);
        });
      underWay.add(sending);
      position += length;
    }
  } catch (error) {
    fail(error);
  }
  await Promise.all(underWay);
  if (failure !== null) throw (failure as { error: unknown }).error;
}

async function sendPiece(
  { channel, command, handle, reader, onConfirmed }: BulkStream,
  signal: AbortSignal,
  position: number,
  piece: Uint8Array,
): Promise<void> {
  const options = { timeoutMs: PIECE_TIMEOUT_MS, signal };
  const isFree = await channel.sendBulk(command, handle, position, piece, options);
  onConfirmed(piece.length);
  // What still stands in the queue of the connection may not be written over.
  if (isFree) reader.recycle(piece);
}
