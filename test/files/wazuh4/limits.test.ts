import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_METADATA_BYTES } from '../../../src/files/limits.ts';
import { WAZUH4_MAX_LIST_PACKAGE_BYTES } from '../../../src/files/wazuh4/limits.ts';
import { LIST, packageOf, zlib } from './packages.ts';

test('a package of the largest list fits the limit at every level of compression', () => {
  const list = Buffer.alloc(MAX_METADATA_BYTES, 'x');
  const packed = [0, 1, 9].map((level) => packageOf([LIST, zlib(list, level)]).length);
  const largest = Math.max(...packed);
  assert.ok(largest > MAX_METADATA_BYTES, 'not compressed it is longer than what is in it');
  assert.ok(largest <= WAZUH4_MAX_LIST_PACKAGE_BYTES, `${largest} bytes`);
});
