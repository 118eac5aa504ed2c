import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MusterError } from '../../src/protocol/errors.ts';
import { encodeMessage, FrameDecoder } from '../../src/protocol/frame.ts';
import { type Header, headerBytes } from '../../src/protocol/header.ts';
import {
  HEADER_BYTES,
  limitsAfterHello,
  limitsBeforeHello,
  MAX_DIVIDED_MESSAGES,
  MAX_HELLO_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_PAYLOAD_BYTES,
} from '../../src/protocol/limits.ts';

const header = (over: Partial<Header>): Buffer =>
  headerBytes({ counter: 1, payloadBytes: 0, command: 'echo', divided: false, encoding: 1, ...over });
const nobody = () => assert.fail('no message was expected');

/** The code of the error that these chunks cause, 0 for none. */
function codeOf(decoder: FrameDecoder, ...chunks: Uint8Array[]): number {
  try {
    for (const chunk of chunks) decoder.push(chunk, () => {});
    return 0;
  } catch (error) {
    assert.equal(decoder.pendingBytes, 0, 'a failed decoder holds nothing');
    assert.ok(error instanceof MusterError);
    return error.code;
  }
}

describe('limits of the decoder', () => {
  test('a length beyond the limit is refused at the header, before memory is taken', () => {
    assert.equal(codeOf(new FrameDecoder(), header({ payloadBytes: MAX_PAYLOAD_BYTES + 1 })), 3113);
    assert.equal(codeOf(new FrameDecoder(), header({ payloadBytes: 0xffff_ffff })), 3113);
  });

  test('before hello 4 KiB are accepted, and not one byte more', () => {
    assert.equal(codeOf(new FrameDecoder(limitsBeforeHello), header({ payloadBytes: MAX_HELLO_BYTES })), 0);
    assert.equal(
      codeOf(new FrameDecoder(limitsBeforeHello), header({ payloadBytes: MAX_HELLO_BYTES + 1 })),
      3113,
    );
  });

  test('before hello nothing may be divided', () => {
    const part = header({ payloadBytes: MAX_HELLO_BYTES, divided: true });
    assert.throws(() => new FrameDecoder(limitsBeforeHello).push(part, nobody), {
      code: 3113,
      detail: 'a divided message, where none may be divided',
    });
  });

  test('limits can be raised between two frames of one chunk', () => {
    const decoder = new FrameDecoder(limitsBeforeHello);
    const hello = encodeMessage({ counter: 1, command: 'hello', encoding: 1, payload: new Uint8Array(10) });
    const large = encodeMessage({ counter: 2, command: 'echo', encoding: 1, payload: new Uint8Array(9000) });
    const seen: string[] = [];
    decoder.push(Buffer.concat([...hello, ...large]), (m) => {
      seen.push(m.command);
      decoder.setLimits(limitsAfterHello);
    });
    assert.deepEqual(seen, ['hello', 'echo']);
  });

  test('every bad field of a header is a protocol violation', () => {
    const spoil = (at: number, value: number): Buffer => {
      const bytes = header({});
      bytes[at] = value;
      return bytes;
    };
    const bad: [string, Buffer][] = [
      ['a command that begins with a digit', spoil(8, 0x31)],
      ['an upper-case command', spoil(8, 0x45)],
      ['a space in the command', spoil(12, 0x20)],
      ['a zero in the command', spoil(18, 0)],
      ['an unknown flag', spoil(19, 0x20)],
      ['frame version 0', spoil(20, 0)],
      ['frame version 2', spoil(20, 2)],
      ['payload encoding 2', spoil(21, 2)],
      [
        'an empty command',
        Buffer.concat([header({}).subarray(0, 8), Buffer.from('-----------'), header({}).subarray(19)]),
      ],
    ];
    for (const [what, bytes] of bad) assert.equal(codeOf(new FrameDecoder(), bytes), 3100, what);
  });

  test('parts of a divided message must be full, belong together, and end with a part that is not empty', () => {
    const small = { maxPayloadBytes: 8, maxMessageBytes: 32, maxDividedMessages: 2, maxPendingBytes: 256 };
    const bytes = new Uint8Array(8);
    const full = [header({ payloadBytes: 8, divided: true }), bytes];
    const decoder = () => new FrameDecoder(small);
    assert.equal(codeOf(decoder(), header({ payloadBytes: 1, divided: true })), 3100);
    assert.equal(codeOf(decoder(), header({ payloadBytes: 0, divided: true })), 3100);
    assert.equal(codeOf(decoder(), ...full, header({ payloadBytes: 1, command: 'hello' })), 3100);
    assert.equal(codeOf(decoder(), ...full, header({ payloadBytes: 1, encoding: 0 })), 3100);
    assert.equal(codeOf(decoder(), ...full, header({ payloadBytes: 0 })), 3100);
    assert.equal(codeOf(decoder(), ...full, header({ payloadBytes: 1 }), bytes.subarray(0, 1)), 0);
  });

  test('a message may not grow beyond its limit, part by part', () => {
    const small = { maxPayloadBytes: 8, maxMessageBytes: 16, maxDividedMessages: 2, maxPendingBytes: 256 };
    const full = [header({ payloadBytes: 8, divided: true }), new Uint8Array(8)];
    assert.equal(codeOf(new FrameDecoder(small), ...full, ...full, header({ payloadBytes: 1 })), 3113);
  });

  test('no more divided messages than the limit may be incomplete at once', () => {
    const part = new Uint8Array(MAX_PAYLOAD_BYTES);
    const decoder = new FrameDecoder();
    for (let counter = 0; counter < MAX_DIVIDED_MESSAGES; counter += 1) {
      const begin = header({ counter, payloadBytes: MAX_PAYLOAD_BYTES, divided: true });
      assert.equal(codeOf(decoder, begin, part), 0);
    }
    assert.equal(decoder.pendingBytes, MAX_DIVIDED_MESSAGES * MAX_PAYLOAD_BYTES);
    assert.equal(
      codeOf(decoder, header({ counter: 99, payloadBytes: MAX_PAYLOAD_BYTES, divided: true })),
      3113,
    );
  });

  test('all incomplete messages together stay within the bound', () => {
    const small = {
      maxPayloadBytes: 8,
      maxMessageBytes: 32,
      maxDividedMessages: 4,
      maxPendingBytes: 24 + HEADER_BYTES,
    };
    const decoder = new FrameDecoder(small);
    const part = (counter: number) => [
      header({ counter, payloadBytes: 8, divided: true }),
      new Uint8Array(8),
    ];
    assert.equal(codeOf(decoder, ...part(1), ...part(2), ...part(3)), 0);
    assert.equal(decoder.pendingBytes, 24);
    assert.equal(codeOf(decoder, header({ counter: 3, payloadBytes: 8 })), 3113);
  });

  test('after an error the same error comes again, and no message', () => {
    const decoder = new FrameDecoder();
    const bad = Buffer.alloc(HEADER_BYTES);
    assert.equal(codeOf(decoder, bad), 3100);
    assert.throws(() => decoder.push(header({}), nobody), { code: 3100 });
  });

  test('after close nothing comes any more, not even from the rest of the chunk', () => {
    const decoder = new FrameDecoder();
    const seen: number[] = [];
    decoder.push(Buffer.concat([header({ counter: 1 }), header({ counter: 2 })]), (m) => {
      seen.push(m.counter);
      decoder.close();
    });
    decoder.push(header({ counter: 3 }), nobody);
    assert.deepEqual(seen, [1]);
    assert.equal(decoder.pendingBytes, 0);
  });

  test('the largest message passes, divided', () => {
    const payload = new Uint8Array(MAX_MESSAGE_BYTES);
    const decoder = new FrameDecoder();
    const sizes: number[] = [];
    for (const chunk of encodeMessage({ counter: 1, command: 'echo', encoding: 0, payload })) {
      decoder.push(chunk, (m) => sizes.push(m.payload.length));
    }
    assert.deepEqual(sizes, [MAX_MESSAGE_BYTES]);
  });
});
