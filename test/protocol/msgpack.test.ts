import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeMessagePack, encodeMessagePack } from '../../src/protocol/dialects/msgpack.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { MAX_MESSAGE_VALUES, MAX_NESTING_LEVELS } from '../../src/protocol/limits.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

function codeOf(input: Uint8Array): number {
  try {
    decodeMessagePack(input);
    return 0;
  } catch (error) {
    assert.ok(error instanceof MusterError, String(error));
    return error.code;
  }
}

/** One map entry with this key (as hex) and the value nil. */
const withKey = (key: string) => bytes(`81 ${key} c0`);
const proto = '5f5f70726f746f5f5f';

describe('MessagePack of a peer', () => {
  test('all ways to write a number are read, as far as a 64-bit float holds it exactly', () => {
    const numbers: [string, number][] = [
      ['00', 0],
      ['7f', 127],
      ['ff', -1],
      ['cc80', 128],
      ['cd0100', 256],
      ['ce00010000', 65_536],
      ['cf0000000100000000', 2 ** 32],
      ['cf001fffffffffffff', Number.MAX_SAFE_INTEGER],
      ['d080', -128],
      ['d1ff00', -256],
      ['d2ffff0000', -65_536],
      ['d3ffffffff00000000', -(2 ** 32)],
      ['d3ffe0000000000001', Number.MIN_SAFE_INTEGER],
      ['d3001fffffffffffff', Number.MAX_SAFE_INTEGER],
      ['ca3f000000', 0.5],
      ['cb3fe0000000000000', 0.5],
      ['cb4200000000000000', 2 ** 33],
    ];
    for (const [hex, value] of numbers) assert.equal(decodeMessagePack(bytes(hex)), value, hex);
  });

  test('numbers beyond 2^53 are refused, because languages would read different ones', () => {
    for (const hex of [
      'cf0020000000000000',
      'cfffffffffffffffff',
      'd30020000000000000',
      'd3ffe0000000000000',
      'd38000000000000000',
    ]) {
      assert.equal(codeOf(bytes(hex)), 3108, hex);
    }
  });

  test('texts, arrays and maps of every length field are read', () => {
    assert.equal(decodeMessagePack(bytes('a161')), 'a');
    assert.equal(decodeMessagePack(bytes('d90161')), 'a');
    assert.equal(decodeMessagePack(bytes('da000161')), 'a');
    assert.equal(decodeMessagePack(bytes('db0000000161')), 'a');
    assert.deepEqual(decodeMessagePack(bytes('dc0001c3')), [true]);
    assert.deepEqual(decodeMessagePack(bytes('dd00000001c2')), [false]);
    assert.deepEqual(decodeMessagePack(bytes('de0001a161c0')), { a: null });
    assert.deepEqual(decodeMessagePack(bytes('df00000001a161c0')), { a: null });
  });

  test('more than 65,535 entries are written and read', () => {
    const value = Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]));
    assert.deepEqual(decodeMessagePack(encodeMessagePack(value)), value);
  });

  test('bytes that are cut short, left over or no MessagePack are a protocol violation', () => {
    const violations = ['', '81', '81a1', '81a161', 'a2 61', 'cd 01', 'dc', 'c1', '80 80', 'c0 00', 'db ff'];
    for (const hex of violations) assert.equal(codeOf(bytes(hex)), 3100, hex);
  });

  test('a length that the bytes cannot hold takes no memory', () => {
    for (const hex of ['dd ffffffff', 'df ffffffff', 'db ffffffff', 'dc ffff c0']) {
      assert.equal(codeOf(bytes(hex)), 3100, hex);
    }
  });

  test('text that is not UTF-8 is a protocol violation', () => {
    for (const hex of ['a1 80', 'a2 c080', 'a3 eda080', 'a4 f4908080', 'a3 6161c3']) {
      assert.equal(codeOf(bytes(hex)), 3100, hex);
    }
    assert.equal(decodeMessagePack(bytes('a4 f09f9880')), '😀');
  });

  test('binary data and extensions are refused: the protocol has no use for them', () => {
    for (const hex of [
      'c40100',
      'c5000100',
      'c60000000100',
      'c70100ff',
      'd40000',
      'd4720080',
      'd6ff00000000',
      'd87200',
    ]) {
      assert.equal(codeOf(bytes(hex)), 3108, hex);
    }
  });

  test('keys that are no text, and the key that could change an object’s nature, are refused', () => {
    assert.equal(codeOf(withKey('01')), 3108);
    assert.equal(codeOf(withKey('c0')), 3108);
    assert.equal(codeOf(withKey('90')), 3108);
    assert.equal(codeOf(withKey(`a9 ${proto}`)), 3108);
    assert.equal(codeOf(withKey(`d909 ${proto}`)), 3108);
    assert.equal(codeOf(withKey(`da0009 ${proto}`)), 3108);
    assert.equal(codeOf(withKey(`db00000009 ${proto}`)), 3108);
    assert.equal(codeOf(withKey(`aa 61${proto}`)), 0);
    assert.equal(decodeMessagePack(bytes(`a9 ${proto}`)), '__proto__');
  });

  test('nesting is limited before anything recurses', () => {
    const nested = (levels: number) => Buffer.concat([Buffer.alloc(levels, 0x91), Buffer.from([0xc0])]);
    assert.equal(codeOf(nested(MAX_NESTING_LEVELS)), 0);
    assert.equal(codeOf(nested(MAX_NESTING_LEVELS + 1)), 3113);
    assert.equal(codeOf(nested(5_000_000)), 3113);
  });

  test('the number of values is limited before anything is built', () => {
    const header = Buffer.alloc(5, 0xdd);
    header.writeUInt32BE(MAX_MESSAGE_VALUES, 1);
    assert.equal(codeOf(Buffer.concat([header, Buffer.alloc(MAX_MESSAGE_VALUES, 0x80)])), 3113);
  });

  test('what is not plain data is not encoded', () => {
    assert.throws(() => encodeMessagePack({ a: 2n ** 70n }), { code: 3018 });
    assert.throws(() => encodeMessagePack({ a: Symbol('x') }), { code: 3018 });
  });
});

test('what is written holds little more memory than its bytes, since it may wait long to be sent', () => {
  for (const sizeChars of [1_000, 60_000, 70_000, 1_000_000]) {
    const buffers = new Set<ArrayBufferLike>();
    let writtenBytes = 0;
    for (let i = 0; i < 40; i += 1) {
      const bytes = encodeMessagePack({ data: 'x'.repeat(sizeChars) });
      writtenBytes += bytes.length;
      buffers.add(bytes.buffer);
    }
    const heldBytes = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert.ok(heldBytes <= 4 * writtenBytes + 1_048_576, `${heldBytes} bytes for ${writtenBytes}`);
  }
});
