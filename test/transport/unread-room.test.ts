import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MusterError } from '../../src/protocol/errors.ts';
import { UnreadRoom } from '../../src/transport/unread-room.ts';

const MAX_BYTES = 100;

/** Somebody who is written to, and reads when a test says so. */
class Reader {
  pendingBytes = 0;
  dropped: MusterError | null = null;
  readonly #share;

  constructor(room: UnreadRoom) {
    this.#share = room.share(this);
  }

  write(bytes: number): void {
    this.pendingBytes += bytes;
    this.#share.wrote();
  }

  drop(error: MusterError): void {
    this.dropped = error;
    this.#share.leave();
  }

  leave(): void {
    this.#share.leave();
  }
}

const roomWith = (count: number) => {
  const room = new UnreadRoom({ maxBytes: MAX_BYTES });
  return Array.from({ length: count }, () => new Reader(room));
};
const dropped = (readers: readonly Reader[]) => readers.map(({ dropped }) => dropped?.code ?? null);

test('readers fill their room to the last byte; one byte more, and the one that leaves most unread is dropped', () => {
  const readers = roomWith(3);
  const [small, large, last] = readers;
  small?.write(30);
  large?.write(40);
  last?.write(30);
  assert.deepEqual(dropped(readers), [null, null, null]);
  small?.write(1);
  assert.deepEqual(dropped(readers), [null, 3110, null]);
  assert.match(large?.dropped?.message ?? '', /it leaves 40 bytes unread, and all clients together 101$/);
});

test('what was read meanwhile is room again, though nobody told of it', () => {
  const readers = roomWith(2);
  const [reading, other] = readers;
  reading?.write(90);
  if (reading !== undefined) reading.pendingBytes = 10;
  other?.write(90);
  assert.deepEqual(dropped(readers), [null, null]);
  other?.write(1);
  assert.deepEqual(dropped(readers), [null, 3110]);
});

test('so many are dropped as it takes, and what one leaves who has gone counts no more', () => {
  const readers = roomWith(4);
  const [a, b, c, d] = readers;
  a?.write(60);
  b?.write(40);
  a?.leave();
  c?.write(50);
  assert.deepEqual(dropped(readers), [null, null, null, null]);
  d?.write(150);
  assert.deepEqual(dropped(readers), [null, null, null, 3110]);
  b?.write(1);
  assert.deepEqual(dropped(readers), [null, null, null, 3110], 'the others go on');
  a?.write(1_000);
  assert.deepEqual(dropped(readers), [null, null, null, 3110], 'nor what is written to it then');
});
