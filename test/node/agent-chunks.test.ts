import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decodeChunkString,
  decodeChunks,
  encodeChunks,
  MAX_AROUND_CHUNKS_BYTES,
  MAX_CHUNK_TEXT_BYTES,
  MAX_CHUNKS,
  MAX_SCANNED_BYTES,
} from '../../src/node/effects/agent-chunks.ts';
import { pythonJson } from '../../src/protocol/dialects/wazuh4/python.ts';
import { MAX_STRING_BYTES } from '../../src/protocol/limits.ts';
import { turnsDuring } from '../harness/turns-during.ts';

const content = { set_data_command: 'global set-agent-groups', payload: { mode: 'override' } };
const refused = { code: 3036 };

describe('a string of chunks', () => {
  it('comes back as it was, whatever its texts have, and is written as Python writes it', async () => {
    const unit = fc.constantFrom('a', '"', '\\', '{', ',', '\n', '\x7f', '個', '\ud83d');
    const texts = fc.array(fc.oneof(fc.string({ unit }), fc.string({ unit, minLength: 60, maxLength: 300 })));
    await fc.assert(
      fc.asyncProperty(texts, async (chunks) => {
        const encoded = await encodeChunks({ ...content, chunks });
        assert.equal(encoded.toString('latin1'), pythonJson({ ...content, chunks }));
        const read = await decodeChunkString(encoded);
        assert.deepEqual([...read.chunks], chunks);
        assert.equal(read.chunks.length, chunks.length);
        assert.deepEqual({ ...read, chunks }, { ...content, chunks });
      }),
    );
  });

  it('of the size that may travel is written and read with pauses, in which others are served', async () => {
    const chunk = JSON.stringify('x'.repeat(63_000));
    const chunks = Array.from({ length: MAX_CHUNKS }, () => chunk);
    let bytes: Uint8Array = Buffer.alloc(0);
    const written = await turnsDuring(async () => {
      bytes = await encodeChunks({ ...content, chunks });
    });
    assert.ok(written >= MAX_CHUNKS - 1, `${written} turns`);
    assert.ok(bytes.length > MAX_STRING_BYTES / 3, `${bytes.length} bytes`);
    let read = 0;
    const turns = await turnsDuring(async () => {
      read = (await decodeChunks(bytes)).length;
    });
    assert.equal(read, MAX_CHUNKS);
    assert.ok(turns >= bytes.length / MAX_SCANNED_BYTES, `${turns} turns`);
  });

  it('is taken with the spaces of its writer, and without', async () => {
    const chunks = Array.from({ length: MAX_CHUNKS }, () => '[]');
    for (const bytes of [
      await encodeChunks({ ...content, chunks }),
      Buffer.from(JSON.stringify({ ...content, chunks })),
    ])
      assert.equal((await decodeChunks(bytes)).length, MAX_CHUNKS);
  });

  it('with more chunks than a report has room for is refused', async () => {
    const chunks = Array.from({ length: MAX_CHUNKS + 1 }, () => '[]');
    await assert.rejects(decodeChunkString(await encodeChunks({ ...content, chunks })), refused);
  });

  it('may have a chunk of a mebibyte as it is written, and no longer one', async () => {
    const longest = 'x'.repeat(MAX_CHUNK_TEXT_BYTES - 2);
    assert.equal((await decodeChunks(Buffer.from(`{"chunks":["${longest}"]}`))).length, 1);
    await assert.rejects(decodeChunks(Buffer.from(`{"chunks":["${longest}x"]}`)), {
      ...refused,
      message: /a chunk of more than 1048576 bytes/,
    });
  });

  it('is read chunk by chunk: one that is no JSON fails when its turn comes', async () => {
    const good = JSON.stringify('x'.repeat(100));
    const read = await decodeChunks(Buffer.from(`{"chunks":[${good},"${'y'.repeat(100)}\\y"]}`));
    const chunks = read[Symbol.iterator]();
    assert.equal(chunks.next().value, 'x'.repeat(100));
    assert.throws(() => chunks.next(), refused);
  });

  it('does not become more by naming its own texts', async () => {
    const long = 'x'.repeat(100);
    const places = ['\u00000', '\u00001', '\u00000'];
    const text = JSON.stringify({ chunks: [...places, long] });
    assert.deepEqual([...(await decodeChunks(Buffer.from(text)))].join('').split(long).length, 2);
  });

  for (const [what, text] of [
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
    it(`${what} is refused`, async () => {
      await assert.rejects(decodeChunkString(Buffer.from(text)), refused);
    });
  }
});
