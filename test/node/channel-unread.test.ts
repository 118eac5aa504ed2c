import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnreadRoom } from '../../src/transport/unread-room.ts';
import { BareTalk, settle } from './speakers.ts';

const MAX_BYTES = 10_000;

/** Asks for an answer of so many bytes, which nobody reads. */
async function leave(talk: BareTalk, counter: number, bytes: number): Promise<void> {
  talk.end.connection.pause();
  talk.ask(counter, 'echo', { data: 'x'.repeat(bytes) });
  await settle();
}

test('of peers that share a room the one that leaves most unread is dropped with 3110, and the others go on', async () => {
  const unreadRoom = new UnreadRoom({ maxBytes: MAX_BYTES });
  const [some, most, last] = Array.from({ length: 3 }, () => new BareTalk({ unreadRoom }));
  assert.ok(some !== undefined && most !== undefined && last !== undefined);
  await leave(some, 1, 3_000);
  await leave(most, 1, 2_000);
  await leave(most, 2, 2_000);
  await leave(last, 1, 2_000);
  assert.deepEqual(
    [some, most, last].map(({ speaker }) => speaker.closes.length),
    [0, 0, 0],
  );
  await leave(last, 2, 1_500);
  assert.deepEqual(
    [some, most, last].map(({ speaker }) => speaker.closes.map((error) => error?.code)),
    [[], [3110], []],
  );
  last.end.connection.resume();
  await settle();
  assert.deepEqual(last.commands, ['ok', 'ok']);
});

test('what a peer left unread that has gone is room for the others', async () => {
  const unreadRoom = new UnreadRoom({ maxBytes: MAX_BYTES });
  const [gone, other] = [new BareTalk({ unreadRoom }), new BareTalk({ unreadRoom })];
  await leave(gone, 1, 9_000);
  gone.end.connection.destroy(null);
  await settle();
  await leave(other, 1, 9_000);
  assert.deepEqual(other.speaker.closes, []);
});
