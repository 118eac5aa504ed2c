import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { musterDialect as muster } from '../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { encodeMessage, FrameDecoder } from '../../src/protocol/frame.ts';

/** Worked out by hand from docs/protocol.md; a change here is a change of the protocol. */
const hex = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString('hex');
const spaced = (text: string) => text.replaceAll(/\s/g, '');

describe('golden bytes', () => {
  test('echo-c: counter, length, padded command, flag, version, encoding, then a map of one text', () => {
    assert.equal(
      hex(muster.encodeRequest(0x01020304, 'echo-c', { data: 'keepalive' })),
      spaced('01020304 00000010 6563686f2d632d2d2d2d2d 2d 01 01 81 a4 64617461 a9 6b656570616c697665'),
    );
  });

  test('an 11-character command has no padding', () => {
    assert.equal(
      hex(muster.encodeRequest(5, 'syn_i_w_m_p', { digest: null })),
      spaced('00000005 00000009 73796e5f695f775f6d5f70 2d 01 01 81 a6 646967657374 c0'),
    );
  });

  test('an empty reply is ok with an empty map', () => {
    assert.equal(
      hex(muster.encodeReply(5, 'file_end', {})),
      spaced('00000005 00000001 6f6b2d2d2d2d2d2d2d2d2d 2d 01 01 80'),
    );
  });

  test('an error is err with code and detail', () => {
    assert.equal(
      hex(muster.encodeFailure(0xffffffff, new MusterError(3027, 'i7'))),
      spaced(
        'ffffffff 00000013 6572722d2d2d2d2d2d2d2d 2d 01 01 82 a4 636f6465 cd 0bd3 a6 64657461696c a2 6937',
      ),
    );
  });

  test('bulk data is raw: handle, offset, data', () => {
    assert.equal(
      hex(muster.encodeBulk(9, 'file_upd', 0xdeadbeef, 2 ** 32 + 1, Buffer.from('hi\n'))),
      spaced('00000009 0000000f 66696c655f7570642d2d2d 2d 01 00 deadbeef 0000000100000001 68690a'),
    );
  });

  test('a divided message has d on all frames but the last', () => {
    const payload = Buffer.from('00112233445566778899', 'hex');
    const frames = encodeMessage({ counter: 3, command: 'echo', encoding: 0, payload }, 4);
    assert.equal(
      hex(frames),
      spaced(`00000003 00000004 6563686f2d2d2d2d2d2d2d 64 01 00 00112233
              00000003 00000004 6563686f2d2d2d2d2d2d2d 64 01 00 44556677
              00000003 00000002 6563686f2d2d2d2d2d2d2d 2d 01 00 8899`),
    );
  });

  test('these bytes are read as what they say', () => {
    const stream = Buffer.from(spaced('00000007 0000000b 636d643d6f6b2d2d2d2d2d 2d 01 01'), 'hex');
    assert.throws(() => new FrameDecoder().push(stream, () => {}), { code: 3100 });
    const seen: unknown[] = [];
    const good = Buffer.from(
      spaced('00000007 00000009 73796e5f695f775f6d5f70 2d 01 01 81a6646967657374c0'),
      'hex',
    );
    new FrameDecoder().push(good, (message) => seen.push(message.counter, muster.decodeRequest(message)));
    assert.deepEqual(seen, [7, { command: 'syn_i_w_m_p', args: { digest: null } }]);
  });
});
