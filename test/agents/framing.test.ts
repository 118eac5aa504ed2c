import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAnswer, parseCommand, parseRequest } from '../../src/agents/wdb-grammar.ts';
import { encodeFrame, LengthFrameReader } from '../../src/transport/length-frame.ts';

const MAX = 65_536;
const reader = () => new LengthFrameReader({ maxBytes: MAX, code: 3201 });
const text = fc.string({ unit: 'binary', maxLength: 300 });

/** The same bytes in pieces that end at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : at[index - 1], end));
}

describe('frames of the store protocol', () => {
  it('are those of the original', () => {
    const request = encodeFrame('global sync-agent-info-get {}', MAX).toString('hex');
    assert.equal(request, '1d000000676c6f62616c2073796e632d6167656e742d696e666f2d676574207b7d');
    assert.equal(encodeFrame('ok []', MAX).toString('hex'), '050000006f6b205b5d');
  });

  it('are read as they were written, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (texts, places) => {
          const whole = Buffer.concat(texts.map((one) => encodeFrame(one, MAX)));
          const read: string[] = [];
          const frames = reader();
          for (const piece of cut(whole, places)) {
            // What is read must not depend on bytes that are used again for the next piece.
            const lent = Buffer.from(piece);
            frames.push(lent, (one, sizeBytes) => {
              assert.equal(sizeBytes, Buffer.byteLength(one));
              read.push(one);
            });
            lent.fill(0xff);
          }
          // Half a surrogate pair cannot be written; it arrives as what stands for such things.
          assert.deepEqual(
            read,
            texts.map((one) => one.toWellFormed()),
          );
          assert.equal(frames.isWithin, false);
        },
      ),
    );
  });

  it('of any bytes are read or refused, never held beyond their maximum', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (pieces) => {
        const frames = reader();
        try {
          for (const piece of pieces) frames.push(piece, (_, sizeBytes) => assert.ok(sizeBytes <= MAX));
        } catch (error) {
          assert.equal((error as { code?: number }).code, 3201);
        }
      }),
    );
  });

  it('that are announced as too long are refused at once', () => {
    const header = (sizeBytes: number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(sizeBytes);
      return bytes;
    };
    reader().push(header(MAX), () => assert.fail());
    for (const sizeBytes of [MAX + 1, 0xffff_ffff]) {
      assert.throws(() => reader().push(header(sizeBytes), () => assert.fail()), { code: 3201 });
    }
  });

  it('are cut at their maximum, and never longer than they say', () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 40 }), (one, maxBytes) => {
        const frame = encodeFrame(one, maxBytes);
        assert.equal(frame.readUInt32LE(0), frame.length - 4);
        assert.ok(frame.length - 4 <= maxBytes);
      }),
    );
  });
});

describe('the grammar of the store protocol', () => {
  it('takes requests of C programs, with a zero byte or a line feed at their end', () => {
    const wanted = { actor: 'global', rest: 'get-labels 1' };
    assert.deepEqual(parseRequest('global get-labels 1\0'), { ...wanted, wantsLineFeed: false });
    assert.deepEqual(parseRequest('\n  global get-labels 1\n'), { ...wanted, wantsLineFeed: true });
    assert.deepEqual(parseRequest('global get-labels 1\n\0'), { ...wanted, wantsLineFeed: true });
    assert.equal(parseRequest('global'), null);
    assert.deepEqual(parseCommand('get-labels 1 2'), { name: 'get-labels', args: '1 2' });
    assert.deepEqual(parseCommand('vacuum'), { name: 'vacuum', args: null });
  });

  it('splits an answer at its first space', () => {
    const parse = (answer: string) => parseAnswer(answer, answer.length);
    assert.deepEqual(parse('ok'), { status: 'ok', payload: '' });
    assert.deepEqual(parse('due [{"a":"b c"}]'), { status: 'due', payload: '[{"a":"b c"}]' });
    assert.deepEqual(parse('err no such thing'), { status: 'err', payload: 'no such thing' });
    for (const nonsense of ['', 'okay', 'OK []', '{"error":0}', ' ok']) {
      assert.throws(() => parse(nonsense), { code: 2007 });
    }
    assert.throws(() => parseAnswer('ok', 65_536), { code: 2009 });
  });

  it('reads any text without failing', () => {
    fc.assert(
      fc.property(text, (one) => {
        parseRequest(one);
        parseCommand(one);
      }),
    );
  });
});
