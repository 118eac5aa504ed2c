import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameDecoder } from '../../src/protocol/frame.ts';
import { headerBytes } from '../../src/protocol/header.ts';
import { MAX_PAYLOAD_BYTES } from '../../src/protocol/limits.ts';
import { SharedRoom } from '../../src/protocol/shared-room.ts';

const OWN_BYTES = 100;
const LARGE_BYTES = 1_000;
const COUNTER = 7;

const frame = (payloadBytes: number, { divided = false, command = 'echo' } = {}) => [
  headerBytes({ counter: COUNTER, payloadBytes, command, divided, encoding: 1 }),
  Buffer.alloc(payloadBytes),
];

/** A decoder that has been given all but the last byte of a frame. */
function begun(room: SharedRoom, payloadBytes: number, command = 'echo') {
  const decoder = new FrameDecoder({}, undefined, room.share());
  const messages: unknown[] = [];
  const push = (bytes: Buffer) => decoder.push(bytes, (message) => messages.push(message));
  const bytes = Buffer.concat(frame(payloadBytes, { command }));
  const end = () => push(bytes.subarray(-1));
  return { decoder, messages, begin: () => push(bytes.subarray(0, -1)), end };
}

const roomFor = (messages: number) =>
  new SharedRoom({ maxBytes: messages * (LARGE_BYTES - OWN_BYTES), ownBytes: OWN_BYTES });

test('what decoders have begun together fills their room to the last byte, and not one beyond', () => {
  const room = roomFor(2);
  const [a, b, c] = [begun(room, LARGE_BYTES), begun(room, LARGE_BYTES), begun(room, OWN_BYTES + 1)];
  a.begin();
  b.begin();
  assert.throws(() => c.begin(), { code: 3110, message: /no room for this message/ });
  assert.deepEqual([c.decoder.turnedAway, c.decoder.pendingBytes], [COUNTER, 0]);
  a.end();
  b.end();
  assert.deepEqual([a.messages.length, b.messages.length, room.heldBytes], [1, 1, 0], 'the others go on');
});

test('a message that fits what each decoder has of its own needs no room', () => {
  const room = roomFor(0);
  const small = begun(room, OWN_BYTES);
  small.begin();
  small.end();
  assert.equal(small.messages.length, 1);
});

for (const [what, free] of [
  ['its end', ({ end }: ReturnType<typeof begun>) => end()],
  ['the end of the connection', ({ decoder }: ReturnType<typeof begun>) => decoder.close()],
] as const) {
  test(`the room of a message is free again with ${what}`, () => {
    const room = roomFor(1);
    const first = begun(room, LARGE_BYTES);
    first.begin();
    assert.throws(() => begun(room, LARGE_BYTES).begin(), { code: 3110 });
    free(first);
    begun(room, LARGE_BYTES).begin();
  });
}

test('the parts of a divided message keep their room until its last one has come', () => {
  const room = new SharedRoom({ maxBytes: 2 * MAX_PAYLOAD_BYTES, ownBytes: 0 });
  const decoder = new FrameDecoder({}, undefined, room.share());
  const sizes: number[] = [];
  const push = (bytes: Buffer[]) =>
    decoder.push(Buffer.concat(bytes), ({ payload }) => sizes.push(payload.length));
  push(frame(MAX_PAYLOAD_BYTES, { divided: true }));
  assert.equal(room.heldBytes, MAX_PAYLOAD_BYTES);
  push(frame(9));
  assert.deepEqual([sizes, room.heldBytes], [[MAX_PAYLOAD_BYTES + 9], 0]);
});

test('a reply that has no room cannot be answered', () => {
  const reply = begun(roomFor(0), LARGE_BYTES, 'ok');
  assert.throws(() => reply.begin(), { code: 3110 });
  assert.equal(reply.decoder.turnedAway, null);
});
