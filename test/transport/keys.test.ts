import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveKey, KeyRing } from '../../src/transport/keys.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const OTHER = 'fedcba9876543210fedcba9876543210';

test('derivation is fixed for ever: another implementation must get the same bytes', () => {
  const { keyId, psk } = deriveKey(KEY);
  assert.equal(keyId, 'f4920f50');
  assert.equal(psk.toString('hex'), '7e5d4b55430be1e795fcb4ba3e17a11fdc91f9d27cac5a49bf17315b329a3c84');
});

test('the key id, which travels in the clear, is no part of the key that protects', () => {
  const { keyId, psk } = deriveKey(KEY);
  assert.ok(!psk.toString('hex').includes(keyId));
  assert.notEqual(deriveKey(OTHER).keyId, keyId);
});

test('a key of another form is refused, without telling it', () => {
  for (const wrong of ['', 'short', `${KEY}x`, `${KEY.slice(1)}é`, `${KEY.slice(1)} `, `${KEY}\n`]) {
    assert.throws(
      () => deriveKey(wrong),
      (error: Error & { code: number }) =>
        error.code === 3004 && (wrong === '' || !error.message.includes(wrong)),
    );
  }
});

test('a ring finds the key in use and the accepted ones, and nothing else', () => {
  const ring = new KeyRing(KEY, [OTHER, KEY]);
  assert.deepEqual(ring.find(deriveKey(KEY).keyId), ring.used);
  assert.deepEqual(ring.find(deriveKey(OTHER).keyId), deriveKey(OTHER));
  assert.equal(ring.find('00000000'), undefined);
  assert.equal(new KeyRing(KEY).find(deriveKey(OTHER).keyId), undefined);
});
