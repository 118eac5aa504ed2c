import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MusterError } from '../../src/protocol/errors.ts';
import { Fernet } from '../../src/transport/fernet.ts';
import { FernetRing } from '../../src/transport/fernet-ring.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const VECTOR = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const sources = { now: () => 1_700_000_000_999, vector: () => VECTOR };

function seal(plain: Uint8Array, cipher = new Fernet(KEY)): Buffer {
  const target = Buffer.alloc(cipher.sealedBytes(plain.length));
  cipher.seal([plain], plain.length, target, 0);
  return target;
}

function refusal(token: Uint8Array, key = KEY): string {
  try {
    new Fernet(key).open(token);
  } catch (error) {
    assert.ok(error instanceof MusterError, String(error));
    assert.equal(error.code, 3025);
    return error.detail ?? '';
  }
  throw new Error('it was opened');
}

/** A token with a tag that is right, whatever is in it. */
function signed(raw: Buffer): Buffer {
  const tag = createHmac('sha256', KEY.slice(0, 16)).update(raw).digest();
  const text = Buffer.concat([raw, tag]).toString('base64');
  return Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_'));
}

describe('fernet', () => {
  const vectors: [plain: string, token: string][] = [
    [
      '',
      'gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD8raZQk73-3iT23122CuThjcgmHhInuut6Q4ZGX8lamjJetHqQJg1eLcTiy-KqoPXQ==',
    ],
    [
      'keepalive',
      'gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD-LdndcfLeS_RU--QJd21HoooEUoyT1JXeIMjvReaKSV1stc2xjUJpxT58Xvq2Wn_w==',
    ],
    [
      'worker1 wazuh worker 4.7.5',
      'gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD1eQNFCmQAopUrpVi4UupuhP-sKob1DpJOHjyGZIIB34dCaEnhxVwvvy3YNXlNvkHopeaGZgqPFMkGBN8He8A48=',
    ],
  ];
  for (const [plain, token] of vectors) {
    test(`the vector of ${JSON.stringify(plain)} comes out, both ways`, () => {
      const cipher = new Fernet(KEY, sources);
      assert.equal(seal(Buffer.from(plain), cipher).toString(), token);
      assert.equal(cipher.open(Buffer.from(token)).toString(), plain);
      const standard = token.replaceAll('-', '+').replaceAll('_', '/');
      assert.equal(cipher.open(Buffer.from(standard)).toString(), plain, 'in the other alphabet');
    });
  }

  test('whatever is sealed is opened, in pieces or not, with the size that was told', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 4 });
    const cipher = new Fernet(KEY);
    fc.assert(
      fc.property(pieces, fc.nat({ max: 30 }), (plain, at) => {
        const whole = Buffer.concat(plain);
        const target = Buffer.alloc(at + cipher.sealedBytes(whole.length) + 1, '#');
        cipher.seal(plain, whole.length, target, at);
        assert.equal(target.toString('latin1', 0, at), '#'.repeat(at));
        assert.equal(target.at(-1), 0x23, 'nothing is written behind it');
        assert.deepEqual(cipher.open(target.subarray(at, -1)), whole);
      }),
    );
  });

  test('the largest message of one frame has the size that the reference measured', () => {
    const cipher = new Fernet(KEY);
    assert.equal(cipher.sealedBytes(5_242_880), 6_990_604);
    assert.deepEqual(
      [0, 15, 16, 31].map((n) => cipher.sealedBytes(n)),
      [100, 100, 120, 120],
    );
  });

  test('messages of any size are sealed as the standard says, and opened', () => {
    const [key, signing] = [KEY.slice(16), KEY.slice(0, 16)];
    const cipher = new Fernet(KEY);
    for (const size of [0, 1, 15, 16, 17, 2047, 2048, 2049, 49_151, 49_152, 49_153, 200_000, 2_000_000]) {
      const plain = randomBytes(size);
      // A long one may come in pieces.
      const token = Buffer.alloc(cipher.sealedBytes(size));
      cipher.seal([plain.subarray(0, size >> 1), plain.subarray(size >> 1)], size, token, 0);
      const raw = Buffer.from(token.toString(), 'base64url');
      const [vector, tagAt] = [raw.subarray(9, 25), raw.length - 32];
      const decipher = createDecipheriv('aes-128-cbc', key, vector);
      const decrypted = Buffer.concat([decipher.update(raw.subarray(25, tagAt)), decipher.final()]);
      assert.deepEqual(decrypted, plain, `${size} bytes`);
      const tag = createHmac('sha256', signing).update(raw.subarray(0, tagAt)).digest();
      assert.deepEqual(raw.subarray(tagAt), tag, `the tag of ${size} bytes`);
      assert.equal(token.toString(), raw.toString('base64url').padEnd(token.length, '='));
      assert.ok(Math.abs(raw.readUInt32BE(5) - Date.now() / 1000) < 10, 'the time');
      assert.deepEqual(cipher.open(token), plain);
      assert.deepEqual(cipher.open(seal(plain, new Fernet(KEY))), plain, 'of another end');
    }
  });

  test('no vector comes twice, however often the same is sealed', () => {
    const cipher = new Fernet(KEY);
    for (const plain of [Buffer.from('keepalive'), Buffer.alloc(4096)]) {
      const tokens = Array.from({ length: 1000 }, () => seal(plain, cipher).toString());
      const vectors = tokens.map((token) => Buffer.from(token, 'base64url').toString('hex', 9, 25));
      assert.equal(new Set(vectors).size, tokens.length);
    }
  });

  test('what was opened stays what it is when more is sealed and opened', () => {
    const cipher = new Fernet(KEY);
    for (const size of [5, 5000]) {
      const first = cipher.open(seal(Buffer.alloc(size, 'f'), cipher));
      assert.deepEqual(cipher.open(seal(Buffer.alloc(size, 'o'), cipher)), Buffer.alloc(size, 'o'));
      assert.deepEqual(first, Buffer.alloc(size, 'f'));
    }
  });

  test('what is no base64 is found anywhere in a long token', () => {
    const token = seal(Buffer.alloc(200_000)).toString();
    for (const at of [10, 32_767, 32_768, 100_000, token.length - 2])
      for (const bad of ['!', '=', ' '])
        assert.match(refusal(Buffer.from(`${token.slice(0, at)}${bad}${token.slice(at + 1)}`)), /base64|key/);
  });

  test('a token that is changed in any bit is refused, and none is opened for another one', () => {
    const raw = Buffer.from(seal(Buffer.from('keepalive')).toString(), 'base64url');
    for (let bit = 0; bit < raw.length * 8; bit += 1) {
      const forged = Buffer.from(raw);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const why = refusal(Buffer.from(forged.toString('base64')));
      assert.match(why, bit < 8 ? /begins with the byte/ : /another key, or damaged/);
    }
  });

  test('a token that is cut anywhere is refused', () => {
    const token = seal(Buffer.from('worker1 wazuh worker 4.7.5'));
    for (let end = 0; end < token.length; end += 1) refusal(token.subarray(0, end));
    for (let start = 1; start < token.length; start += 1) refusal(token.subarray(start));
  });

  test('a token of another key is refused', () => {
    const other = new Fernet('fedcba9876543210fedcba9876543210');
    assert.match(refusal(seal(Buffer.from('keepalive'), other)), /another key/);
  });

  test('a token without padding, with spaces or with what is no base64 is refused', () => {
    const token = seal(Buffer.from('keepalive')).toString();
    assert.match(refusal(Buffer.from(token.replaceAll('=', ''))), /no padded base64/);
    for (const bad of [token.replace('A', '!'), ` ${token.slice(1)}`, `=${token.slice(1)}`, `${token}====`])
      assert.match(refusal(Buffer.from(bad)), /no base64/);
    assert.match(refusal(Buffer.alloc(0)), /no padded base64/);
    assert.match(refusal(Buffer.alloc(140, 'A')), /begins with the byte 0/);
    assert.match(refusal(Buffer.alloc(400, 'A')), /size of a token/);
  });

  test('a token whose tag is right and whose version, size or padding is wrong is refused', () => {
    const head = (version: number) => Buffer.concat([Buffer.from([version]), Buffer.alloc(8), VECTOR]);
    const encrypted = (plain: Buffer) => {
      const cipher = createCipheriv('aes-128-cbc', KEY.slice(16), VECTOR).setAutoPadding(false);
      return Buffer.concat([cipher.update(plain), cipher.final()]);
    };
    const right = encrypted(Buffer.alloc(16, 16));
    assert.equal(new Fernet(KEY).open(signed(Buffer.concat([head(0x80), right]))).length, 0);
    assert.match(refusal(signed(Buffer.concat([head(0x81), right]))), /byte 129/);
    assert.match(refusal(signed(Buffer.concat([head(0x80), right.subarray(1)]))), /size of a token/);
    assert.match(refusal(signed(head(0x80))), /size of a token/);
    assert.match(refusal(signed(Buffer.concat([head(0x80), encrypted(Buffer.alloc(16, 17))]))), /padding/);
  });

  test('the time in a token is not looked at, and a token is good on any connection of its key', () => {
    const old = seal(Buffer.from('keepalive'), new Fernet(KEY, { ...sources, now: () => 0 }));
    assert.equal(new Fernet(KEY).open(old).toString(), 'keepalive');
    assert.equal(new Fernet(KEY).open(old).toString(), 'keepalive', 'once more');
  });

  test('a key of another length or with other characters is refused, and not told', () => {
    for (const key of ['', KEY.slice(1), `${KEY}0`, KEY.replace('0', 'ä'), KEY.replace('0', '\n')]) {
      assert.throws(
        () => new Fernet(key),
        (error) =>
          error instanceof MusterError && error.code === 3004 && !error.message.includes('123456789'),
      );
    }
  });
});

test('of several keys the one that opens the first message is that of the connection', () => {
  const [used, other] = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210'];
  const sealedBy = (cipher: Fernet | FernetRing, text: string) => {
    const token = Buffer.alloc(cipher.sealedBytes(text.length));
    cipher.seal([Buffer.from(text)], text.length, token, 0);
    return token;
  };
  const ring = new FernetRing([used, other]);
  assert.equal(new Fernet(used).open(sealedBy(ring, 'before')).toString(), 'before');
  assert.throws(() => ring.open(sealedBy(new Fernet('x'.repeat(32)), 'foreign')), { code: 3025 });
  assert.equal(ring.open(sealedBy(new Fernet(other), 'hello')).toString(), 'hello');
  assert.equal(new Fernet(other).open(sealedBy(ring, 'after')).toString(), 'after');
  assert.throws(() => ring.open(sealedBy(new Fernet(used), 'changed')), { code: 3025 });
});
