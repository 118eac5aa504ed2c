import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkPool } from '../../src/node/transfers/chunk-pool.ts';
import { MAX_SPARE_CHUNK_BYTES } from '../../src/node/transfers/limits.ts';
import { BULK_CHUNK_BYTES } from '../../src/protocol/limits.ts';

const SPARE_CHUNKS = MAX_SPARE_CHUNK_BYTES / BULK_CHUNK_BYTES;

test('a piece that came back is the memory of the next one, also where that is shorter', () => {
  const pool = new ChunkPool();
  const first = pool.take(BULK_CHUNK_BYTES);
  pool.give(first);
  const second = pool.take(BULK_CHUNK_BYTES - 1);
  assert.equal(second.length, BULK_CHUNK_BYTES - 1);
  assert.equal(second.buffer, first.buffer);
  pool.give(second);
  assert.equal(pool.take(BULK_CHUNK_BYTES).length, BULK_CHUNK_BYTES);
});

test('pieces that are out at the same time share no memory', () => {
  const pool = new ChunkPool();
  pool.give(pool.take(BULK_CHUNK_BYTES));
  const taken = Array.from({ length: SPARE_CHUNKS }, () => pool.take(BULK_CHUNK_BYTES));
  assert.equal(new Set(taken.map(({ buffer }) => buffer)).size, SPARE_CHUNKS);
});

test('no more is kept than one connection has under way, whatever comes back', () => {
  const pool = new ChunkPool();
  const taken = Array.from({ length: SPARE_CHUNKS + 5 }, () => pool.take(BULK_CHUNK_BYTES));
  for (const piece of taken) pool.give(piece);
  const again = Array.from({ length: SPARE_CHUNKS + 5 }, () => pool.take(BULK_CHUNK_BYTES));
  const known = new Set(taken.map(({ buffer }) => buffer));
  assert.equal(again.filter(({ buffer }) => known.has(buffer)).length, SPARE_CHUNKS);
});

test('pools of pieces of other sizes take nothing from each other', () => {
  const [pool, frames] = [new ChunkPool(), new ChunkPool(2 * BULK_CHUNK_BYTES)];
  const frame = frames.take(2 * BULK_CHUNK_BYTES);
  pool.give(frame);
  assert.notEqual(pool.take(BULK_CHUNK_BYTES).buffer, frame.buffer);
  frames.give(frame);
  assert.equal(frames.take(BULK_CHUNK_BYTES).buffer, frame.buffer);
});

test('a small piece takes no more memory than it has bytes, and is not kept', () => {
  const pool = new ChunkPool();
  const small = pool.take(100);
  assert.equal(small.buffer.byteLength, 100);
  pool.give(small);
  assert.notEqual(pool.take(BULK_CHUNK_BYTES).buffer, small.buffer);
});
