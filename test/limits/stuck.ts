import assert from 'node:assert/strict';
import type { FileHandle } from 'node:fs/promises';
import { Outbox } from '../../src/node/outbox.ts';
import { MAX_PENDING_WRITE_BYTES, WINDOW_BYTES } from '../../src/node/transfers/limits.ts';
import { WriteQueue } from '../../src/node/transfers/write-queue.ts';
import { BULK_CHUNK_BYTES, MAX_FILE_BYTES } from '../../src/protocol/limits.ts';
import { WRITE_HIGH_WATER_BYTES } from '../../src/transport/limits.ts';
import type { Connection } from '../../src/transport/transport.ts';

/**
 * Writes pieces to a disk that hangs until one is refused. Whoever has the result holds all that waits, but for the bytes:
 * those are counted, and all pieces share one memory, so that what is measured beside them is not lost among them.
 */
export async function hangingDisk(pieceBytes: number): Promise<{ waitingBytes: number }> {
  // Somebody has to hold it, or all that waits for it would be collected.
  const never = new Promise(() => {});
  const disk = { writev: () => never } as unknown as FileHandle;
  const budget = { maxBytes: MAX_PENDING_WRITE_BYTES, pendingBytes: 0 };
  const queue = new WriteQueue(disk, 'part', 0, MAX_FILE_BYTES, budget);
  const memory = Buffer.alloc(pieceBytes);
  let isRefused = false;
  let waitingBytes = 0;
  for (let at = 0; !isRefused; at += pieceBytes) {
    waitingBytes = at;
    const written = queue.write(at, memory.subarray());
    written.catch(() => {
      isRefused = true;
    });
    // A refusal shows in the next turn of the promises.
    await Promise.resolve();
    await Promise.resolve();
  }
  return { waitingBytes, never, queue } as { waitingBytes: number };
}

/** Offers a window of a file to a socket that takes nothing; returns how many bytes it was given. */
export function fullSocket(): number {
  let pendingBytes = 0;
  const connection = {
    get pendingBytes() {
      return pendingBytes;
    },
    write(chunks: readonly Uint8Array[]) {
      for (const { length } of chunks) pendingBytes += length;
      return pendingBytes < WRITE_HIGH_WATER_BYTES;
    },
  } as Connection;
  const outbox = new Outbox(connection, (error) => assert.fail(error));
  for (let sentBytes = 0; sentBytes < WINDOW_BYTES; sentBytes += BULK_CHUNK_BYTES)
    outbox.writeBulk([Buffer.alloc(BULK_CHUNK_BYTES)], () => {});
  return pendingBytes;
}
