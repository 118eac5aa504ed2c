import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { Deflater, deflateBound, Inflater } from '../../../src/files/wazuh4/one-shot.ts';

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(fc.string({ maxLength: 20 }), fc.nat({ max: 500 }))
    .map(([text, n]) => Buffer.from(text.repeat(n))),
  fc.integer({ min: 60_000, max: 140_000 }).map((size) => randomBytes(size)),
);

describe('zlib with one state for many streams', () => {
  for (const level of [0, 1, 6, 9]) {
    test(`level ${level}: what is compressed comes back, and has the room that was told`, () => {
      const deflater = new Deflater(level);
      fc.assert(
        fc.property(contents, fc.nat({ max: 20 }), (content, at) => {
          const target = Buffer.alloc(at + deflateBound(content.length) + 8, '#');
          const written = deflater.deflate(content, target, at);
          assert.deepEqual(inflateSync(target.subarray(at, at + written)), Buffer.from(content));
          assert.ok(written <= deflateBound(content.length));
          assert.equal(target.toString('latin1', 0, at), '#'.repeat(at));
        }),
      );
    });
  }

  test('each is inflated, whatever came before it: what is cut, damaged, followed by something or too long is left to others', () => {
    const inflater = new Inflater();
    const target = Buffer.alloc(200_000);
    fc.assert(
      fc.property(contents, fc.nat({ max: 1000 }), (content, trouble) => {
        const stream = deflateSync(content);
        const cut = stream.subarray(0, trouble % stream.length);
        assert.equal(inflater.inflate(cut, target), null);
        const damaged = Buffer.from(stream);
        damaged[0] = 0xff;
        assert.equal(inflater.inflate(damaged, target), null);
        assert.equal(inflater.inflate(Buffer.concat([stream, Buffer.from('more')]), target), null);
        if (content.length > 0)
          assert.equal(inflater.inflate(stream, target.subarray(0, content.length - 1)), null);
        assert.equal(inflater.inflate(stream, target), content.length);
        assert.deepEqual(target.subarray(0, content.length), Buffer.from(content));
      }),
    );
  });

  test('a level that is none is refused', () => {
    assert.throws(() => new Deflater(99), { code: 'ERR_OUT_OF_RANGE' });
  });
});
