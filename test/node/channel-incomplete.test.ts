import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_UNANSWERED_REQUESTS } from '../../src/node/channel-limits.ts';
import { encodeMessage } from '../../src/protocol/frame.ts';
import { headerBytes } from '../../src/protocol/header.ts';
import { INCOMPLETE_LOOK_MS, MAX_INCOMPLETE_LOOKS, MAX_PAYLOAD_BYTES } from '../../src/protocol/limits.ts';
import { BareTalk, settle } from './speakers.ts';

const OVERDUE_MS = (MAX_INCOMPLETE_LOOKS + 1) * INCOMPLETE_LOOK_MS;

/** Lets so much time go by, with a keepalive of the peer now and then, so that it is not merely silent. */
async function pass(talk: BareTalk, timeMs: number, says = () => {}): Promise<void> {
  for (let leftMs = timeMs; leftMs > 0; leftMs -= INCOMPLETE_LOOK_MS / 2) {
    says();
    await settle();
    talk.clock.increment(Math.min(leftMs, INCOMPLETE_LOOK_MS / 2));
    await settle();
  }
}

const part = (counter: number) => [
  headerBytes({ counter, payloadBytes: MAX_PAYLOAD_BYTES, command: 'echo', divided: true, encoding: 1 }),
  Buffer.alloc(MAX_PAYLOAD_BYTES),
];

test('a divided message that never ends closes the connection with 3127, however busy the peer is besides', async () => {
  const talk = new BareTalk();
  talk.write(...part(9));
  let counter = 100;
  const keepalive = () => {
    counter += 1;
    talk.ask(counter, 'echo-c', { data: 'keepalive' });
  };
  await pass(talk, OVERDUE_MS - INCOMPLETE_LOOK_MS, keepalive);
  assert.equal(talk.speaker.closes.length, 0, 'it has two minutes at least');
  await pass(talk, INCOMPLETE_LOOK_MS, keepalive);
  assert.equal(talk.speaker.closes[0]?.code, 3127);
  assert.match(talk.speaker.closes[0]?.message ?? '', /did not come to its end/);
});

for (const [what, bytes] of [
  ['half a header', Buffer.from([0, 0, 0, 1])],
  [
    'a header without its payload',
    headerBytes({ counter: 1, payloadBytes: 9, command: 'echo', divided: false, encoding: 1 }),
  ],
  [
    'a frame without its last byte',
    Buffer.concat([
      ...encodeMessage({ counter: 1, command: 'echo', encoding: 1, payload: Buffer.alloc(9) }),
    ]).subarray(0, -1),
  ],
] as const) {
  test(`a frame that never ends closes the connection with 3127: ${what}`, async () => {
    const talk = new BareTalk();
    talk.write(bytes);
    await pass(talk, OVERDUE_MS);
    assert.equal(talk.speaker.closes[0]?.code, 3127);
  });
}

test('many messages, each of them in time, are no message that never ends', async () => {
  const talk = new BareTalk();
  const message = Buffer.concat([
    ...encodeMessage({ counter: 1, command: 'ok', encoding: 1, payload: Buffer.alloc(9) }),
  ]);
  const half = 12;
  talk.write(message.subarray(0, half));
  await pass(talk, 3 * OVERDUE_MS, () => talk.write(message.subarray(half), message.subarray(0, half)));
  assert.deepEqual(talk.speaker.closes, []);
});

test('a message whose rest we did not read ourselves is not held against the peer', async () => {
  const talk = new BareTalk();
  for (let counter = 1; counter <= MAX_UNANSWERED_REQUESTS + 1; counter += 1)
    talk.ask(counter, 'get_nodes', {});
  const [head = Buffer.alloc(0)] = part(0);
  talk.write(head);
  await pass(talk, 2 * OVERDUE_MS);
  assert.deepEqual(talk.speaker.closes, []);
});
