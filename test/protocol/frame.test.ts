import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MusterError } from '../../src/protocol/errors.ts';
import { encodeMessage, FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import { HEADER_BYTES, MAX_MESSAGE_BYTES, MAX_PAYLOAD_BYTES } from '../../src/protocol/limits.ts';
import { counter } from './arbitraries.ts';

/** Small enough that generated messages are divided. */
const PAYLOAD_BYTES = 32;
const limits = {
  maxPayloadBytes: PAYLOAD_BYTES,
  maxMessageBytes: 256,
  maxDividedMessages: 2,
  maxPendingBytes: 512,
};

const message: fc.Arbitrary<Message> = fc.record(
  {
    counter,
    command: fc.constantFrom('echo', 'echo-c', 'syn_i_w_m_p', 'ok', 'err', 'a', 'x_'),
    encoding: fc.constantFrom(0 as const, 1 as const),
    payload: fc.uint8Array({ maxLength: 200 }),
  },
  { noNullPrototype: true },
);
const cuts = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 });

/** Cuts a stream into chunks of these sizes, and the rest; empty chunks included. */
function split(stream: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let start = 0;
  for (const size of sizes) {
    chunks.push(stream.subarray(start, start + size));
    start = Math.min(start + size, stream.length);
  }
  return [...chunks, stream.subarray(start)];
}

/** Everything that comes out, copied, with the error that ended it. */
function decode(decoder: FrameDecoder, chunks: readonly Uint8Array[], maxPendingBytes: number) {
  const messages: Message[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk, (m) => messages.push({ ...m, payload: Uint8Array.from(m.payload) }));
      assert.ok(decoder.pendingBytes <= maxPendingBytes, `${decoder.pendingBytes} bytes are held`);
    }
    return { messages, error: null };
  } catch (error) {
    if (!(error instanceof MusterError)) throw error;
    return { messages, error: error.message };
  }
}

describe('frames', () => {
  test('any messages come out of any splits as they went in, within the memory bound', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), cuts, (messages, sizes) => {
        const stream = Buffer.concat(messages.flatMap((m) => encodeMessage(m, PAYLOAD_BYTES)));
        const result = decode(new FrameDecoder(limits), split(stream, sizes), limits.maxPendingBytes);
        assert.deepEqual(result, { messages, error: null });
      }),
      { numRuns: 300 },
    );
  });

  test('any bytes give messages or a protocol error, the same ones whatever the splits, within the memory bound', () => {
    const garbage = fc.uint8Array({ maxLength: 400 });
    const spoiled = fc
      .tuple(fc.array(message, { minLength: 1, maxLength: 4 }), fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([messages, at, value]) => {
        const stream = Buffer.concat(messages.flatMap((m) => encodeMessage(m, PAYLOAD_BYTES)));
        stream[at % stream.length] = value;
        return Uint8Array.from(stream);
      });
    fc.assert(
      fc.property(fc.oneof(garbage, spoiled), cuts, (bytes, sizes) => {
        const whole = decode(new FrameDecoder(limits), [bytes], limits.maxPendingBytes);
        const pieces = decode(new FrameDecoder(limits), split(bytes, sizes), limits.maxPendingBytes);
        assert.deepEqual(pieces, whole);
      }),
      { numRuns: 500 },
    );
  });

  test('divided messages of both sides may be interleaved, with the same counter too', () => {
    const request: Message = {
      counter: 5,
      command: 'echo',
      encoding: 1,
      payload: new Uint8Array(70).fill(1),
    };
    const reply: Message = { counter: 5, command: 'ok', encoding: 1, payload: new Uint8Array(70).fill(2) };
    const [ours, theirs] = [request, reply].map((m) => encodeMessage(m, PAYLOAD_BYTES)) as Uint8Array[][];
    // A frame is two chunks: header and payload.
    const frames = [0, 2, 4].flatMap((at) =>
      [ours, theirs].flatMap((chunks) => chunks?.slice(at, at + 2) ?? []),
    );
    const result = decode(new FrameDecoder(limits), frames, limits.maxPendingBytes);
    assert.deepEqual(result, { messages: [request, reply], error: null });
  });

  test('a payload that lies in one chunk is a view of it, one that came in pieces a buffer of its own', () => {
    const payload = new Uint8Array(2000).fill(7);
    const stream = Buffer.concat(encodeMessage({ counter: 1, command: 'echo', encoding: 0, payload }));
    const decoder = new FrameDecoder();
    const seen: { view: boolean; owned: boolean }[] = [];
    const look = (m: Message, owned: boolean) =>
      seen.push({ view: m.payload.buffer === stream.buffer, owned });
    decoder.push(stream, look);
    decoder.push(stream.subarray(0, 100), look);
    decoder.push(stream.subarray(100), look);
    assert.deepEqual(seen, [
      { view: true, owned: false },
      { view: false, owned: true },
    ]);
  });

  test('a long payload is sent without being copied', () => {
    const payload = new Uint8Array(MAX_PAYLOAD_BYTES + 1);
    const chunks = encodeMessage({ counter: 1, command: 'echo', encoding: 0, payload });
    assert.deepEqual(
      chunks.map((chunk) => chunk.length),
      [HEADER_BYTES, MAX_PAYLOAD_BYTES, HEADER_BYTES, 1],
    );
    assert.equal(chunks[1]?.buffer, payload.buffer);
  });

  test('a message of the largest size that arrives in tiny chunks costs linear time', () => {
    const payload = new Uint8Array(MAX_PAYLOAD_BYTES);
    const stream = Buffer.concat(encodeMessage({ counter: 1, command: 'echo', encoding: 0, payload }));
    const decoder = new FrameDecoder();
    let received = 0;
    for (let at = 0; at < stream.length; at += 16) {
      decoder.push(stream.subarray(at, at + 16), (m) => {
        received += m.payload.length;
      });
    }
    assert.equal(received, payload.length);
    assert.equal(decoder.pendingBytes, 0);
  });

  test('what no peer would accept is not encoded', () => {
    const empty = new Uint8Array(0);
    const codeOf = (m: Message) => {
      try {
        encodeMessage(m);
        return 0;
      } catch (error) {
        return MusterError.from(error).code;
      }
    };
    assert.equal(codeOf({ counter: 1, command: 'twelve_chars', encoding: 0, payload: empty }), 3024);
    assert.equal(codeOf({ counter: 1, command: 'Echo', encoding: 0, payload: empty }), 3024);
    assert.equal(codeOf({ counter: -1, command: 'echo', encoding: 0, payload: empty }), 3018);
    assert.equal(codeOf({ counter: 2 ** 32, command: 'echo', encoding: 0, payload: empty }), 3018);
    const tooLong = new Uint8Array(MAX_MESSAGE_BYTES + 1);
    assert.equal(codeOf({ counter: 1, command: 'echo', encoding: 0, payload: tooLong }), 3113);
  });
});
