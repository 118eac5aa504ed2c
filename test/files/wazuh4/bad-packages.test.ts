import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compare } from '../../../src/files/compare.ts';
import { MAX_DIRECTORY_LEVELS, MAX_SET_FILES } from '../../../src/files/limits.ts';
import { arrivingName } from '../../../src/files/wazuh4/format.ts';
import { WAZUH4_MAX_PACKAGE_BYTES } from '../../../src/files/wazuh4/limits.ts';
import {
  decodeWazuh4Manifest,
  decodeWazuh4Metadata,
  encodeWazuh4Metadata,
} from '../../../src/files/wazuh4/list.ts';
import { readWazuh4List, readWazuh4Package } from '../../../src/files/wazuh4/reader.ts';
import { contentRoomBytes } from '../../../src/files/wazuh4/stage.ts';
import { MusterError } from '../../../src/protocol/errors.ts';
import { filesConfig, Home, IN_MEMORY } from '../fixture.ts';
import { hashOf, STAGING } from '../round.ts';
import {
  comparisonOf,
  ENTRY_END,
  type Entry,
  LIST,
  listOf,
  packageOf,
  rightPackage,
  stage,
  zlib,
} from './packages.ts';

async function rejection(work: Promise<unknown>): Promise<MusterError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof MusterError, String((error as Error).stack));
    return error;
  }
  throw new Error('it was not refused');
}

/** Has a worker stage a package that it must refuse; returns the refusal. */
async function refused(bytes: Uint8Array, maxContentBytes?: number): Promise<MusterError> {
  using home = new Home({ 'etc/rules/kept': 'kept' }, IN_MEMORY);
  const error = await rejection(stage(home, bytes, maxContentBytes));
  assert.deepEqual(readdirSync(join(home.path, STAGING)), [], 'nothing is left of a package that is refused');
  assert.deepEqual(home.read(), { 'etc/rules/kept': 'kept' });
  assert.ok(error.message.includes('p.zip'), `which package? ${error.message}`);
  return error;
}

/** A content that does not compress, so that it comes in pieces. */
const LARGE = randomBytes(3_000_000).toString('base64');
const CODES = [3036, 3112, 3113, 3114, 3115];

test('a package of the original that is truncated is refused, wherever it ends', async () => {
  const bytes = rightPackage({ 'etc/rules/a': 'alpha', 'etc/rules/b': 'beta' });
  for (let end = 0; end < bytes.length; end += 1)
    assert.equal((await refused(bytes.subarray(0, end))).code, 3115, `byte ${end}`);
});

test('a package of the original that is corrupt is refused, whichever byte is wrong', async () => {
  const bytes = rightPackage({ 'etc/rules/a': 'alpha', 'etc/rules/b': 'beta' });
  for (let at = 0; at < bytes.length; at += 1) {
    const corrupt = Buffer.from(bytes);
    corrupt[at] = (corrupt[at] ?? 0) ^ 0x01;
    assert.ok(CODES.includes((await refused(corrupt)).code), `byte ${at}`);
  }
});

test('a large file of the original that is cut or corrupt leaves nothing behind', async () => {
  const bytes = rightPackage({ 'etc/rules/a': 'alpha', 'etc/rules/large': LARGE });
  assert.equal((await refused(bytes.subarray(0, 2_000_000))).code, 3115);
  const corrupt = Buffer.from(bytes);
  corrupt[2_000_000] = (corrupt[2_000_000] ?? 0) ^ 0x10;
  assert.equal((await refused(corrupt)).code, 3115);
});

test('a bomb of the original is refused where the room for it ends', async () => {
  const bomb = zlib(Buffer.alloc(100_000_000), 9);
  const bytes = packageOf(['etc/rules/a', bomb], listOf({}));
  const error = await refused(bytes, 5_000_000);
  assert.equal(error.code, 3113);
  const many = Array.from({ length: 20 }, (_, i): Entry => [`etc/rules/${i}`, zlib(Buffer.alloc(500_000))]);
  assert.equal((await refused(packageOf(...many, listOf({})), 5_000_000)).code, 3113, 'in many small files');
});

test('the room for content is what the disk has, and no more than 8 GiB', async () => {
  using home = new Home({}, IN_MEMORY);
  const { bavail, bsize } = statfsSync(home.path);
  const room = contentRoomBytes(home.path);
  assert.ok(room > 0 && room <= 8 * 2 ** 30);
  assert.ok(
    room === 8 * 2 ** 30 || Math.abs(room - bavail * bsize) < 2 ** 30,
    `${room} of ${bavail * bsize}`,
  );
  assert.equal(contentRoomBytes('/proc'), 0, 'there is no room');
});

test('one file that inflates to more than an original sends is refused there, and no more of it is taken', async () => {
  using home = new Home({}, IN_MEMORY);
  const file = join(home.path, 'p.zip');
  writeFileSync(file, packageOf(['etc/rules/bomb', zlib(Buffer.alloc(20_000_000), 9)], listOf({})));
  let taken = 0;
  const write = (piece: Buffer) => {
    taken += piece.length;
  };
  const taker = { whole: () => assert.fail('it is not small'), begin: () => ({ write, end: () => {} }) };
  const error = await rejection(readWazuh4Package(file, taker, undefined, 5_000_000));
  assert.equal(error.code, 3113);
  assert.match(error.message, /"etc\/rules\/bomb" has more than 5000000 bytes/);
  assert.ok(taken <= 5_000_000, `${taken} bytes were taken`);
});

test('a list that is a bomb is refused before it has inflated', async () => {
  const error = await refused(packageOf([LIST, zlib(Buffer.alloc(100_000_000, ' '), 9)]));
  assert.equal(error.code, 3113);
  assert.match(error.message, /more than 67108864 bytes/);
});

const badPaths: [what: string, path: string][] = [
  ['an absolute path', '/etc/passwd'],
  ['..', '../outside'],
  ['.. further on', 'etc/rules/../../outside'],
  ['.', 'etc/./rules/a'],
  ['an empty name', 'etc/rules//a'],
  ['NUL', 'etc/rules/a\0b'],
  ['no path at all', ''],
];
for (const [what, path] of badPaths) {
  test(`a package of the original with ${what} is refused, small or large, and the path is named`, async () => {
    for (const content of ['x', LARGE]) {
      const files = { 'etc/rules/good': 'y', [path]: content };
      const bytes = packageOf(
        ['etc/rules/good', zlib('y')],
        [path, zlib(content)],
        listOf({ missing: files }),
      );
      const error = await refused(bytes);
      assert.equal(error.code, 3114);
      assert.ok(error.message.includes(JSON.stringify(path.slice(0, 200))), error.message);
    }
  });
}

const skippedPaths: [what: string, path: string][] = [
  ['a backslash', 'etc/rules/a\\b'],
  ['backslashes in place of separators', '..\\..\\a'],
  ['a name of 256 bytes', `etc/rules/${'n'.repeat(256)}`],
  ['a file outside the configured directories', 'bin/muster'],
  ['a directory that is synchronised there, and not here', 'etc/custom/a'],
  ['a file that is not synchronised here', 'etc/rules/ossec.conf'],
  ['a path deeper than any scan looks', `etc/rules/${'d/'.repeat(MAX_DIRECTORY_LEVELS + 1)}x`],
];
for (const [what, path] of skippedPaths) {
  test(`a package of the original with ${what} is staged without that file, small or large, and the log can name it`, async () => {
    const name = JSON.stringify(path.slice(0, 200));
    for (const content of ['x', LARGE]) {
      using home = new Home({}, IN_MEMORY);
      const missing = { 'etc/rules/good': 'y', [path]: content };
      const bytes = packageOf([path, zlib(content)], ['etc/rules/good', zlib('y')], listOf({ missing }));
      const { manifest, staged, late, skipped } = await stage(home, bytes);
      assert.deepEqual([...manifest.missing.keys()], ['etc/rules/good']);
      assert.deepEqual([[...staged.keys()], late, manifest.deferred], [[hashOf('y')], [], 0]);
      assert.deepEqual(readdirSync(join(home.path, STAGING)), [hashOf('y')]);
      assert.deepEqual(
        skipped.map(({ code }) => code),
        [3114],
      );
      assert.ok(skipped[0]?.message.includes(name), skipped[0]?.message);
    }
    using home = new Home({}, IN_MEMORY);
    const listed = listOf({ shared: { [path]: 'x' }, extra: { [`${path}~`]: 'x', 'etc/rules/gone': 'x' } });
    const { manifest, late, skipped } = await stage(home, packageOf(listed));
    assert.deepEqual([[...manifest.shared.keys()], [...manifest.extra.keys()]], [[], ['etc/rules/gone']]);
    assert.deepEqual([late, skipped.length], [[], 2], 'what is only listed is skipped too');
  });
}

test('a package with a file that would be skipped, and that its list does not name, is refused', async () => {
  const bytes = packageOf(['etc/rules/a\\b', zlib('x')], listOf({}));
  assert.equal((await refused(bytes)).code, 3115);
});

test('names that only Linux knows stand in a list, and are written again byte for byte; paths that lead out do not', () => {
  const files = comparisonOf({ missing: { 'etc/rules/a': 'x' } }).missing;
  const list = encodeWazuh4Metadata(files).toString();
  for (const name of ['a\\\\b', '\\udcff', '\\ufffd', 'n'.repeat(256)]) {
    const odd = list.replace('etc/rules/a', `etc/rules/${name}`);
    const set = decodeWazuh4Metadata(Buffer.from(odd));
    assert.equal(encodeWazuh4Metadata(set).toString(), odd);
    assert.deepEqual(
      [...compare(new Map(), set, filesConfig).extra.keys()],
      [...set.keys()],
      'to be removed',
    );
  }
  for (const path of ['../a', '/etc/passwd', 'etc/rules/../a', 'etc//a', '', 'etc/rules/a\\u0000'])
    assert.throws(
      () => decodeWazuh4Metadata(Buffer.from(list.replace('etc/rules/a', path))),
      { code: 3114 },
      path,
    );
});

const malformed: [what: string, code: number, bytes: Buffer][] = [
  ['nothing', 3115, Buffer.alloc(0)],
  ['a ZIP archive', 3115, Buffer.from('504b0304140000000800', 'hex')],
  ['files without a list', 3115, packageOf(['etc/rules/a', zlib('x')])],
  ['a list in the middle', 3115, packageOf(listOf({}), ['etc/rules/a', zlib('x')])],
  ['a separator behind its list', 3115, Buffer.concat([packageOf(listOf({})), Buffer.from('|@@//@@|')])],
  [
    'something behind a content',
    3115,
    packageOf(['etc/rules/a', Buffer.concat([zlib('x'), Buffer.from('y')])], listOf({})),
  ],
  [
    'something behind a large content',
    3115,
    packageOf(['etc/rules/a', Buffer.concat([zlib(LARGE), Buffer.from('y')])], listOf({})),
  ],
  ['a path without an end', 3115, Buffer.alloc(100_000, 'a')],
  [
    'a path that is no UTF-8',
    3115,
    packageOf([Buffer.from('6574632f72756c65732fff', 'hex'), zlib('x')], listOf({})),
  ],
  ['a content that is no zlib stream', 3115, packageOf(['etc/rules/a', Buffer.from('content')], listOf({}))],
  ['an empty content', 3115, packageOf(['etc/rules/a', Buffer.alloc(0)], listOf({}))],
  [
    'a file twice',
    3115,
    packageOf(
      ['etc/rules/a', zlib('x')],
      ['etc/rules/a', zlib('x')],
      listOf({ missing: { 'etc/rules/a': 'x' } }),
    ),
  ],
  ['a file that its list does not name', 3115, packageOf(['etc/rules/a', zlib('x')], listOf({}))],
  [
    'a file that its list wants removed',
    3115,
    packageOf(['etc/rules/a', zlib('x')], listOf({ extra: { 'etc/rules/a': 'x' } })),
  ],
  ['a list that is no JSON', 3036, packageOf([LIST, zlib('nonsense')])],
  ['a list that is an array', 3036, packageOf([LIST, zlib('[]')])],
  ['a list that lacks a group', 3036, packageOf([LIST, zlib('{"missing": {}, "extra": {}}')])],
  ['a list with another group', 3036, packageOf([LIST, zlib('{"missing": {}, "extra": {}, "more": {}}')])],
  ['a list of 5 levels', 3113, packageOf([LIST, zlib('{"missing": {"etc/rules/a": {"hash": {"a": {}}}}}')])],
  ['a list with a path that leads out', 3114, packageOf(listOf({ extra: { '../a': 'x' } }))],
];
for (const [what, code, bytes] of malformed) {
  test(`a package of the original with ${what} is refused with ${code}`, async () => {
    assert.equal((await refused(bytes)).code, code);
  });
}

test('a list with fields that no file has, or without ones that each has, is refused', () => {
  const files = comparisonOf({ missing: { 'etc/rules/a': 'x' } }).missing;
  const right = JSON.parse(encodeWazuh4Metadata(files).toString());
  const refusalOf = (change: object) => {
    const list = { 'etc/rules/a': { ...right['etc/rules/a'], ...change } };
    assert.throws(
      () => decodeWazuh4Metadata(Buffer.from(JSON.stringify(list))),
      (error) => error instanceof MusterError && error.code === 3036,
      JSON.stringify(change),
    );
  };
  for (const change of [
    { size: 1 },
    { more: 1 },
    { hash: 'short' },
    { hash: undefined },
    { mod_time: '1' },
    { merged: 0 },
    { cluster_item_key: undefined },
    { merge_type: 'x'.repeat(1000) },
  ])
    refusalOf(change);
  assert.throws(() => decodeWazuh4Metadata(Buffer.from('{"__proto__": {"hash": 1}}')), { code: 3036 });
});

test('what a worker sends is a list, and nothing else', async () => {
  using home = new Home({}, IN_MEMORY);
  const file = join(home.path, 'p.zip');
  const codeOf = async (bytes: Uint8Array) => {
    writeFileSync(file, bytes);
    return (await rejection(readWazuh4List(file))).code;
  };
  assert.equal(await codeOf(rightPackage({ 'etc/rules/a': 'x' })), 3115);
  assert.equal(await codeOf(packageOf(['etc/rules/a', zlib(LARGE)], listOf({}))), 3115);
  assert.equal((await rejection(readWazuh4List(join(home.path, 'absent')))).code, 3040);
  assert.equal((await rejection(readWazuh4List(home.path))).code, 3040, 'a directory');
});

test('a content that is not the one that the list names is left to the next round, and only that', async () => {
  using home = new Home({}, IN_MEMORY);
  const bytes = packageOf(
    ['etc/rules/a', zlib('alpha')],
    ['etc/rules/b', zlib('changed meanwhile')],
    ['etc/rules/c', zlib(`${LARGE}changed meanwhile`)],
    listOf({
      missing: { 'etc/rules/a': 'alpha', 'etc/rules/b': 'beta' },
      shared: { 'etc/rules/c': LARGE, 'etc/rules/d': 'd' },
    }),
  );
  const { manifest, staged, late } = await stage(home, bytes);
  const other = 'its content is not the announced one';
  assert.deepEqual(late, [
    { path: 'etc/rules/b', why: other },
    { path: 'etc/rules/c', why: other },
    { path: 'etc/rules/d', why: 'it is not in the package' },
  ]);
  assert.deepEqual(
    [[...manifest.missing.keys()], [...manifest.shared.keys()], manifest.deferred],
    [['etc/rules/a'], [], 3],
  );
  assert.deepEqual([...staged.keys()], [hashOf('alpha')]);
  assert.deepEqual(readdirSync(join(home.path, STAGING)), [hashOf('alpha')], 'what nobody wants is gone');
});

test('a file of a peer arrives in the one directory that is for it, or not at all', () => {
  const directory = 'queue/cluster/worker1';
  assert.equal(arrivingName(`${directory}/a.zip`, directory), 'a.zip');
  for (const path of [
    'etc/client.keys',
    'queue/cluster/worker2/a.zip',
    'queue/cluster/worker11/a.zip',
    `${directory}/../worker2/a.zip`,
    `${directory}/b/a.zip`,
    `${directory}/`,
    directory,
    `${directory}/..`,
    `${directory}/${'n'.repeat(256)}`,
    `/${directory}/a.zip`,
  ])
    assert.throws(() => arrivingName(path, directory), { code: 3114 }, path);
});

test('a package that is larger than any is refused before a byte of it is read', async () => {
  using home = new Home();
  const file = join(home.path, 'p.zip');
  writeFileSync(file, '');
  truncateSync(file, WAZUH4_MAX_PACKAGE_BYTES + 1);
  const error = await rejection(readWazuh4List(file));
  assert.equal(error.code, 3113);
  assert.match(error.message, /a package of 1140850689 bytes/);
});

const EMPTY = zlib('');
test('a package of more files than a set may have is refused', async () => {
  using home = new Home({}, IN_MEMORY);
  const file = join(home.path, 'p.zip');
  const entries = Array.from({ length: MAX_SET_FILES + 1 }, (_, i) => [
    packageOf([`${i}`, EMPTY]),
    ENTRY_END,
  ]);
  writeFileSync(file, Buffer.concat([...entries.flat(), packageOf(listOf({}))]));
  let seen = 0;
  const taker = {
    whole: () => {
      seen += 1;
    },
    begin: () => assert.fail('nothing is large'),
  };
  assert.equal((await rejection(readWazuh4Package(file, taker))).code, 3113);
  assert.equal(seen, MAX_SET_FILES);
});

test('a time beyond all numbers is refused in the lists of both sides, because it cannot be written again', () => {
  const list = encodeWazuh4Metadata(comparisonOf({ missing: { 'etc/rules/a': 'x' } }).missing).toString();
  for (const number of ['1e999', '-1e999']) {
    const beyond = list.replace(/"mod_time": [0-9.]+/, `"mod_time": ${number}`);
    assert.notEqual(beyond, list);
    assert.throws(() => decodeWazuh4Metadata(Buffer.from(beyond)), { code: 3108 });
    const manifest = `{"missing": ${beyond}, "extra": {}, "shared": {}}`;
    assert.throws(() => decodeWazuh4Manifest(Buffer.from(manifest)), { code: 3108 });
  }
});
