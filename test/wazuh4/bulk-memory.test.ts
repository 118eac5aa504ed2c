import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BulkMemory } from '../../src/node/wazuh4/bulk-memory.ts';
import { Wazuh4Peer } from '../../src/node/wazuh4/peer-dialect.ts';
import { BULK_CHUNK_BYTES } from '../../src/protocol/limits.ts';
import { Fernet } from '../../src/transport/fernet.ts';

const KEY = 'c98b62a9b6169ac5f67dae55ae4a9088';
const options = { compatibleVersion: '4.7.5', maxFileBytes: 1_000_000, maxSentFileBytes: 1_000_000 };

test('what arrived in a token is kept in memory that is used again', () => {
  const memory = new BulkMemory();
  const arrived = Buffer.alloc(BULK_CHUNK_BYTES, 1);
  const kept = memory.keep(arrived);
  arrived.fill(2);
  assert.deepEqual(Buffer.from(kept), Buffer.alloc(BULK_CHUNK_BYTES, 1));
  const other = memory.keep(arrived);
  assert.notEqual(other.buffer, kept.buffer, 'it is in use');
  memory.give([kept]);
  assert.equal(memory.keep(arrived).buffer, kept.buffer);
});

test('a piece of another size stays where it is', () => {
  const memory = new BulkMemory();
  for (const sizeBytes of [10, BULK_CHUNK_BYTES + 1]) {
    const piece = Buffer.alloc(sizeBytes);
    assert.equal(memory.keep(piece), piece);
  }
});

test('the frame of a piece that was confirmed is the memory of the next one, and says what that one says', () => {
  const cipher = new Fernet(KEY);
  const master = new Wazuh4Peer({ ...options, role: 'worker', nodeName: 'w' }, cipher);
  const send = (counter: number, fill: number) => {
    const [frame, ...more] = master.encodeBulk(
      counter,
      'str_upd',
      7,
      0,
      Buffer.alloc(BULK_CHUNK_BYTES, fill),
    );
    assert.ok(frame !== undefined && more.length === 0);
    return frame;
  };
  const said = (frame: Uint8Array) => cipher.open(frame.subarray(20)).at(-1);
  const first = send(1, 1);
  const second = send(2, 2);
  assert.notEqual(first.buffer, second.buffer);
  master.recycle([first]);
  const third = send(3, 3);
  assert.equal(third.buffer, first.buffer);
  assert.deepEqual([said(second), said(third)], [2, 3]);
});
