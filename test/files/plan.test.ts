import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from '../../src/files/compare.ts';
import {
  LARGE_FILE_BYTES,
  MAX_DIRECTORY_LEVELS,
  PACKAGE_CONTENT_BYTES,
  PACKAGE_FILES,
} from '../../src/files/limits.ts';
import { decodeManifest, decodeMetadata, encodeManifest, encodeMetadata } from '../../src/files/manifest.ts';
import type { FileMetadata } from '../../src/files/metadata.ts';
import { planTransfer } from '../../src/files/plan.ts';
import { filesConfig } from './fixture.ts';

const file = (n: number, size = 1, cluster_item_key = 'etc/rules/'): FileMetadata => ({
  mod_time: 1.5,
  cluster_item_key,
  merged: false,
  hash: n.toString(16).padStart(128, '0'),
  size,
});
const set = (files: Record<string, FileMetadata>) => new Map(Object.entries(files));
const missing = (sizes: number[]) => ({
  missing: new Map(sizes.map((size, i) => [`etc/rules/${i}`, file(i, size)])),
  shared: new Map(),
  extra: new Map(),
});

test('every pair of small sets is compared by content', () => {
  const states = [null, 1, 2];
  for (const master of states)
    for (const worker of states) {
      const one = (n: number | null) => set(n === null ? {} : { 'etc/rules/a': file(n) });
      const { missing, shared, extra } = compare(one(master), one(worker));
      const expected = [
        master !== null && worker === null,
        master !== null && worker !== null && master !== worker,
      ];
      assert.deepEqual([missing.size > 0, shared.size > 0], expected);
      assert.equal(extra.size > 0, master === null && worker !== null);
    }
});

test('time and size alone make no difference', () => {
  const other = { ...file(1), mod_time: 99, size: 7 };
  assert.equal(compare(set({ a: file(1) }), set({ a: other })).shared.size, 0);
});

test('with the configuration, what extra_valid allows stays, and unknown directories are refused', () => {
  const items = filesConfig.items.map((item) => ({ ...item, extraValid: item.key === 'etc/shared/' }));
  const config = { ...filesConfig, items };
  const worker = set({ 'etc/shared/a': file(1, 1, 'etc/shared/'), 'etc/rules/a': file(1) });
  assert.deepEqual([...compare(new Map(), worker, config).extra.keys()], ['etc/rules/a']);
  assert.throws(() => compare(new Map(), set({ 'x/a': file(1, 1, 'x/') }), config), { code: 3114 });
  const deep = (levels: number) => set({ [`etc/rules/${'d/'.repeat(levels)}x`]: file(1) });
  assert.equal(compare(new Map(), deep(MAX_DIRECTORY_LEVELS), config).extra.size, 1);
  // A master has never looked there: it takes nothing away, and keeps nothing else from the worker.
  assert.equal(compare(new Map(), deep(MAX_DIRECTORY_LEVELS + 1), config).extra.size, 0);
});

test('packages stay within their limits, and large files travel alone', () => {
  const many = planTransfer(missing(Array.from({ length: PACKAGE_FILES + 1 }, () => 1)), 1e9);
  assert.deepEqual(
    many.packages.map((files) => files.length),
    [PACKAGE_FILES, 1],
  );
  const big = planTransfer(missing(Array.from({ length: 20 }, () => LARGE_FILE_BYTES - 1)), 1e9);
  for (const files of big.packages) {
    assert.ok(files.reduce((sum, { size }) => sum + size, 0) <= PACKAGE_CONTENT_BYTES);
  }
  const mixed = planTransfer(missing([1, LARGE_FILE_BYTES]), 1e9);
  assert.deepEqual([mixed.packages.flat().length, mixed.large.length], [1, 1]);
});

test('what exceeds the limit waits, but every round carries something', () => {
  assert.deepEqual(planTransfer(missing([6, 6, 4]), 10).deferred, ['etc/rules/1']);
  const huge = planTransfer(missing([100]), 10);
  assert.deepEqual([huge.deferred, huge.bytes], [[], 100]);
});

test('a file that earlier rounds could not bring goes behind all others, and those among each other in their order', () => {
  const travelling = (late: string[], limitBytes: number) =>
    planTransfer(missing([6, 3, 3, 3]), limitBytes, new Set(late))
      .packages.flat()
      .map(({ path }) => path);
  assert.deepEqual(travelling([], 6), ['etc/rules/0']);
  assert.deepEqual(travelling(['etc/rules/0'], 6), ['etc/rules/1', 'etc/rules/2']);
  assert.deepEqual(
    travelling(['etc/rules/0', 'etc/rules/1'], 15),
    [2, 3, 0, 1].map((i) => `etc/rules/${i}`),
  );
  assert.deepEqual(travelling(['etc/rules/gone'], 6), ['etc/rules/0']);
});

test('the same content travels once', () => {
  const twice = new Map([
    ['etc/rules/a', file(1, 5)],
    ['etc/rules/b', file(1, 5)],
  ]);
  const plan = planTransfer({ missing: twice, shared: new Map(), extra: new Map() }, 5);
  assert.deepEqual([plan.bytes, plan.packages.flat().length, plan.deferred], [5, 1, []]);
});

test('lists come back as they were', () => {
  const files = set({ 'etc/rules/ñ\n': file(1), 'etc/rules/__proto__': file(2) });
  assert.deepEqual(decodeMetadata(encodeMetadata(files)), files);
  const manifest = { missing: files, shared: new Map(), extra: files, deferred: 3 };
  assert.deepEqual(decodeManifest(encodeManifest(manifest)), manifest);
});

const bad: [why: string, json: string][] = [
  ['no JSON', '{'],
  ['no object', '[]'],
  ['a path that climbs', JSON.stringify({ 'etc/../../x': file(1) })],
  ['an absolute path', JSON.stringify({ '/etc/x': file(1) })],
  ['a field too many', JSON.stringify({ 'etc/x': { ...file(1), more: 1 } })],
  ['a digest that is none', JSON.stringify({ 'etc/x': { ...file(1), hash: 'x' } })],
  ['a size that is none', JSON.stringify({ 'etc/x': { ...file(1), size: -1 } })],
];
for (const [why, json] of bad) {
  test(`a list with ${why} is refused`, () => {
    assert.throws(() => decodeMetadata(Buffer.from(json)), { name: 'MusterError' });
  });
}

test('a key that is the prototype of every object changes nothing', () => {
  const decoded = decodeMetadata(Buffer.from(`{"__proto__": ${JSON.stringify(file(1))}}`));
  assert.deepEqual(decoded, new Map([['__proto__', file(1)]]));
  assert.equal(({} as { size?: number }).size, undefined);
});

test('a list that is not UTF-8 is refused', () => {
  assert.throws(() => decodeMetadata(Buffer.from([0x22, 0xff, 0x22])), { code: 3036 });
});
