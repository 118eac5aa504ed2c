import assert from 'node:assert/strict';
import fc from 'fast-check';
import { noCipher } from '../../../src/protocol/dialects/wazuh4/cipher.ts';
import { encodeWazuh4Message } from '../../../src/protocol/dialects/wazuh4/frames.ts';
import { wazuh4Format } from '../../../src/protocol/dialects/wazuh4/header.ts';
import { encodeMessage, type FrameFormat, type Message } from '../../../src/protocol/frame.ts';
import { FrameDecoder } from '../../../src/protocol/frame-decoder.ts';
import { below, randomFrom } from '../../chaos/random.ts';
import { readOrRefuseNow, type Target } from '../target.ts';

/** Small limits, so that small inputs reach every one of them. */
const PART_BYTES = 256;
const limits = {
  maxPayloadBytes: PART_BYTES,
  maxMessageBytes: 1500,
  maxDividedMessages: 4,
  maxPendingBytes: 2500,
};
const CODES = [3100, 3113];

const command = fc.constantFrom('hello', 'ok', 'err', 'echo-c', 'file_upd', 'syn_i_w_m_p');
const messages = fc.record({
  counter: fc.integer({ min: 0, max: 5 }),
  command,
  encoding: fc.constantFrom(0 as const, 1 as const),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.integer({ min: 0, max: 2000 }).map((size) => new Uint8Array(size)),
  ),
  isCut: fc.boolean(),
});

/** Everything that a decoder says of a stream that comes in these pieces. */
function decode(chunks: readonly Uint8Array[], format: FrameFormat | undefined): string[] {
  const decoder = new FrameDecoder(limits, format);
  const said: string[] = [];
  for (const chunk of chunks) {
    const outcome = readOrRefuseNow(CODES, () =>
      decoder.push(chunk, ({ counter, command: name, encoding, payload }) => {
        assert.ok(payload.length <= limits.maxMessageBytes);
        said.push(`${counter} ${name} ${encoding} ${Buffer.from(payload).toString('hex')}`);
      }),
    );
    assert.ok(decoder.pendingBytes <= limits.maxPendingBytes, `${decoder.pendingBytes} bytes are held`);
    if ('refused' in outcome) {
      assert.equal(decoder.pendingBytes, 0, 'nothing is held after an error');
      return [...said, outcome.refused.message];
    }
  }
  return said;
}

/** The same bytes in pieces that depend on nothing but the bytes. */
function split(input: Uint8Array): Uint8Array[] {
  const random = randomFrom(input.reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, input.length));
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < input.length; ) {
    const size = 1 + below(random, random() < 0.5 ? 4 : 100);
    chunks.push(input.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** The stream of bytes of a peer: the same messages and the same refusal, however it is cut. */
function targetOf(
  name: string,
  format: FrameFormat | undefined,
  /** How many of its chunks are the last frame. */
  lastChunks: number,
  encode: (message: Message) => Uint8Array[],
): Target {
  const frames = messages.map(({ isCut, ...message }) => {
    const chunks = encode(message);
    // Without the last frame a divided message stays incomplete.
    return Buffer.concat(isCut && chunks.length > lastChunks ? chunks.slice(0, -lastChunks) : chunks);
  });
  return {
    name,
    maxMemoryBytes: 16 * 1024 * 1024,
    samples: async () =>
      fc
        .sample(fc.array(frames, { minLength: 1, maxLength: 5 }), { seed: 1, numRuns: 20 })
        .map((list) => Buffer.concat(list)),
    generated: fc
      .array(fc.oneof(frames, fc.uint8Array({ maxLength: 60 })), { maxLength: 6 })
      .map((list) => Uint8Array.from(Buffer.concat(list))),
    run(input) {
      const whole = decode([input], format);
      assert.deepEqual(decode(split(input), format), whole);
    },
  };
}

export const decoderTarget = targetOf('decoder', undefined, 2, (message) =>
  encodeMessage(message, PART_BYTES),
);

const division = { undividedBytes: PART_BYTES, partBytes: PART_BYTES };
export const wazuh4DecoderTarget = targetOf(
  'wazuh4-decoder',
  wazuh4Format,
  1,
  ({ counter, command, payload }) =>
    encodeWazuh4Message({ counter, command, plain: [payload] }, noCipher, division),
);
