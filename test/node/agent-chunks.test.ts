import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decodeChunkString,
  decodeChunks,
  encodeChunks,
  encodeInPieces,
  MAX_AROUND_CHUNKS_BYTES,
  MAX_CHUNK_STRING_BYTES,
  MAX_CHUNKS,
} from '../../src/node/effects/agent-chunks.ts';

const content = { set_data_command: 'global set-agent-groups', payload: { mode: 'override' } };
const refused = { code: 3036 };

describe('a string of chunks', () => {
  it('comes back as it was, whatever its texts have', () => {
    const unit = fc.constantFrom('a', '"', '\\', '{', ',', '\n', '個');
    const texts = fc.array(fc.oneof(fc.string({ unit }), fc.string({ unit, minLength: 60, maxLength: 300 })));
    fc.assert(
      fc.property(texts, (chunks) => {
        const encoded = encodeChunks({ ...content, chunks });
        const read = decodeChunkString(encoded);
        assert.deepEqual([...read.chunks], chunks);
        assert.equal(read.chunks.length, chunks.length);
        assert.deepEqual(read.payload, content.payload);
      }),
    );
  });

  it('is the same, made at once or with pauses', async () => {
    for (const chunks of [[], ['a'], ['"', '個', '\n']]) {
      assert.deepEqual(await encodeInPieces({ ...content, chunks }), encodeChunks({ ...content, chunks }));
    }
    let turns = 0;
    const turn = setInterval(() => {
      turns += 1;
    }, 0);
    await encodeInPieces({ ...content, chunks: Array.from({ length: 100 }, () => 'x'.repeat(60_000)) });
    clearInterval(turn);
    assert.ok(turns > 0, 'timers have had their turn');
  });

  it('is taken with the spaces of other writers', () => {
    const chunks = Array.from({ length: MAX_CHUNKS }, () => '[]');
    const text = JSON.stringify({ ...content, chunks }).replaceAll('","', '", "');
    assert.equal(decodeChunkString(Buffer.from(text)).chunks.length, MAX_CHUNKS);
  });

  it('with more chunks than a report has room for is refused', () => {
    const chunks = Array.from({ length: MAX_CHUNKS + 1 }, () => '[]');
    assert.throws(() => decodeChunkString(encodeChunks({ ...content, chunks })), refused);
  });

  it('is read chunk by chunk: one that is no JSON fails when its turn comes', () => {
    const good = JSON.stringify('x'.repeat(100));
    const read = decodeChunks(Buffer.from(`{"chunks":[${good},"${'y'.repeat(100)}\\y"]}`));
    const chunks = read[Symbol.iterator]();
    assert.equal(chunks.next().value, 'x'.repeat(100));
    assert.throws(() => chunks.next(), refused);
  });

  it('does not become more by naming its own texts', () => {
    const long = 'x'.repeat(100);
    const places = ['\u00000', '\u00001', '\u00000'];
    const text = JSON.stringify({ chunks: [...places, long] });
    assert.deepEqual([...decodeChunks(Buffer.from(text))].join('').split(long).length, 2);
  });

  for (const [what, text] of [
    ['that is too long', `{"chunks":["${'x'.repeat(MAX_CHUNK_STRING_BYTES)}"]}`],
    ['of small values, of which a few bytes become many', `[${'{},'.repeat(MAX_AROUND_CHUNKS_BYTES)}{}]`],
    ['of small texts', `[${'"",'.repeat(MAX_AROUND_CHUNKS_BYTES)}""]`],
    ['of brackets within each other', '['.repeat(MAX_AROUND_CHUNKS_BYTES + 1)],
    ['with a text that has no end', '{"chunks":["\\"]}'],
    ['that is cut', '{"chunks":["x"'],
    ['that is no object', 'null'],
    ['without chunks', '{"payload":{}}'],
    ['whose chunks are no list', '{"chunks":"x"}'],
    ['of which one chunk is no text', '{"chunks":["x",1]}'],
  ] as const) {
    it(`${what} is refused`, () => {
      assert.throws(() => decodeChunkString(Buffer.from(text)), refused);
    });
  }
});
