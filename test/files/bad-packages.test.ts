import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import JSZip from 'jszip';
import { type ApplyOrder, applyManifest } from '../../src/files/apply.ts';
import { MAX_DIRECTORY_LEVELS } from '../../src/files/limits.ts';
import { realFileSystem, type SyncFileSystem } from '../../src/files/ports.ts';
import { stagePackage } from '../../src/files/stage.ts';
import { writeZip } from '../../src/files/zip.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { type Contents, filesConfig, Home, IN_MEMORY, stagedIn } from './fixture.ts';
import { hashOf, STAGING } from './round.ts';

const before: Contents = { 'etc/rules/kept': 'kept', 'etc/ossec.conf': 'own' };
/** Under this name it arrives. */
const NAME = 'abc.zip';

const listed = (path: string, content: string) => ({ path, size: content.length, hash: hashOf(content) });
const listOf = (files: object[], more: object = {}) =>
  Buffer.from(JSON.stringify({ version: 1, encoding: 'identity', files, ...more }));
const sealed = (list: Buffer, content: Uint8Array) =>
  writeZip([
    { name: 'files_metadata.json', content: list },
    { name: 'content', content },
  ]);
const packageOf = (...paths: string[]) =>
  sealed(listOf(paths.map((path) => listed(path, 'x'))), Buffer.from('x'.repeat(paths.length)));

/** Everything below a home and around it. */
function everything(home: Home): string[] {
  return readdirSync(home.path, { recursive: true }).map(String).toSorted();
}

/** Has a worker stage a package that it must refuse; returns the refusal. */
function refused(bytes: Uint8Array): MusterError {
  using home = new Home(before, IN_MEMORY);
  const directory = join(home.path, STAGING);
  mkdirSync(directory, { recursive: true });
  const file = join(home.path, 'queue/cluster', NAME);
  writeFileSync(file, bytes);
  const untouched = everything(home);
  const error = thrownBy(() => stagePackage({ file, directory, part: `${file}.part`, config: filesConfig }));
  assert.deepEqual(everything(home), untouched, 'nothing is written of a package that is refused');
  assert.deepEqual(home.read(), before);
  assert.ok(error.message.includes(NAME), `which package? ${error.message}`);
  return error;
}

function thrownBy(work: () => unknown): MusterError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof MusterError, String((error as Error).stack));
    return error;
  }
  throw new Error('it was not refused');
}

test('a package that is truncated is refused, wherever it ends', async () => {
  const bytes = await packageOf('etc/rules/a');
  for (let end = 0; end < bytes.length; end += 1) assert.equal(refused(bytes.subarray(0, end)).code, 3115);
});

test('a package that is corrupt is refused, whichever byte is wrong', async () => {
  const bytes = await packageOf('etc/rules/a');
  for (let at = 0; at < bytes.length; at += 1) {
    const corrupt = Buffer.from(bytes);
    corrupt[at] = (corrupt[at] ?? 0) ^ 0x01;
    assert.ok([3112, 3113, 3114, 3115].includes(refused(corrupt).code), `byte ${at}`);
  }
});

test('a bomb is refused before it has inflated', async () => {
  const bomb = deflateSync(Buffer.alloc(200_000_000), { level: 9 });
  const list = (size: number) => listOf([{ ...listed('etc/rules/a', 'x'), size }], { encoding: 'deflate' });
  const liar = refused(await sealed(list(1), bomb));
  assert.equal(liar.code, 3115, 'one that says it is small');
  assert.match(
    liar.message,
    /inflates to more than the 1 bytes of its list/,
    'zlib was stopped; its size is not what was found wrong afterwards',
  );
  assert.equal(refused(await sealed(list(200_000_000), bomb)).code, 3113, 'one that says what it is');
});

const badPaths: [what: string, path: string][] = [
  ['an absolute path', '/etc/passwd'],
  ['..', '../outside'],
  ['.. further on', 'etc/rules/../../outside'],
  ['a backslash', 'etc\\rules\\a'],
  ['NUL', 'etc/rules/a\0b'],
  ['a path that is too long', `etc/rules/${'d/'.repeat(2000)}x`],
  ['a name of 256 bytes', `etc/rules/${'n'.repeat(256)}`],
];
for (const [what, path] of badPaths) {
  test(`a package with ${what} is refused, and the path is named`, async () => {
    const error = refused(await packageOf('etc/rules/good', path));
    assert.equal(error.code, 3114);
    assert.ok(error.message.includes(JSON.stringify(path.slice(0, 200))), error.message);
  });
}

test('a package with a symbolic link is refused: there is no place for one in the form of a package', async () => {
  const zip = new JSZip();
  zip.file('files_metadata.json', listOf([listed('etc/rules/a', 'x')]));
  zip.file('content', 'x');
  zip.file('link', '/etc/passwd', { unixPermissions: 0o120777 });
  assert.equal(refused(await zip.generateAsync({ type: 'nodebuffer', platform: 'UNIX' })).code, 3115);
  const mode = await packageOf('etc/rules/a');
  // The upper half of the external attributes of the last entry, where Unix keeps the kind of a file.
  mode.writeUInt16LE(0o120777, mode.length - 22 - 'content'.length - 6);
  assert.equal(refused(mode).code, 3115);
});

test('a package that names a file twice is refused, and the file is named', async () => {
  const error = refused(await packageOf('etc/rules/a', 'etc/rules/a'));
  assert.equal(error.code, 3115);
  assert.match(error.message, /etc\/rules\/a/);
});

test('a package whose content is not of the size that it declares is refused', async () => {
  for (const size of [0, 2, 1e9]) {
    const bytes = await sealed(listOf([{ ...listed('etc/rules/a', 'x'), size }]), Buffer.from('x'));
    assert.ok([3113, 3115].includes(refused(bytes).code));
  }
});

test('a package with a content of another hash is refused, and the file is named', async () => {
  const error = refused(await sealed(listOf([listed('etc/rules/a', 'y')]), Buffer.from('x')));
  assert.equal(error.code, 3112);
  assert.match(error.message, /etc\/rules\/a/);
});

/** A manifest that wants these files, all of them with the content `x`, which is staged. */
function orderFor(home: Home, paths: string[], change: Partial<ApplyOrder> = {}): ApplyOrder {
  mkdirSync(join(home.path, STAGING), { recursive: true });
  writeFileSync(join(home.path, STAGING, hashOf('x')), 'x');
  const nothing = { paths: [], hashes: [] };
  const missing = { paths, hashes: paths.map(() => hashOf('x')) };
  return {
    home: home.path,
    config: filesConfig,
    staging: STAGING,
    staged: stagedIn(join(home.path, STAGING)),
    missing,
    shared: nothing,
    extra: [],
    ...change,
  };
}

/** Has a worker apply a manifest that it must refuse. */
function unapplied(home: Home, order: ApplyOrder, fs: SyncFileSystem = realFileSystem): MusterError {
  const untouched = everything(home);
  const error = thrownBy(() => applyManifest(order, fs));
  assert.deepEqual(everything(home), untouched, 'nothing is written of a set that is refused');
  return error;
}

const outside = [
  'etc/ossec.conf',
  'bin/daemon',
  'queue/cluster/.journal',
  'etc/rules/x.swp',
  'etc/sub/client.keys',
  // Deeper than any scan looks: it would be there, and missing in each list.
  `etc/rules/${'d/'.repeat(MAX_DIRECTORY_LEVELS + 1)}x`,
];
for (const path of outside) {
  test(`a file outside the configured directories keeps the whole set out, and is named: ${path}`, () => {
    using home = new Home(before);
    const error = unapplied(home, orderFor(home, ['etc/rules/good', path]));
    assert.deepEqual([error.code, home.read()], [3114, before]);
    assert.ok(error.message.includes(path));
  });
}

test('a file and a directory of one name keep the whole set out', () => {
  using home = new Home(before);
  const error = unapplied(home, orderFor(home, ['etc/rules/a', 'etc/rules/a/b']));
  assert.deepEqual([error.code, error.message.includes('"etc/rules/a"')], [3114, true]);
});

test('a file that is wanted twice keeps the whole set out', () => {
  using home = new Home(before);
  assert.equal(unapplied(home, orderFor(home, ['etc/rules/a', 'etc/rules/a'])).code, 3114);
});

/** A file system that takes names for one if they differ only in case or in how accents are written. */
const folded = (name: string) => name.normalize('NFC').toLowerCase();
const folding: SyncFileSystem = {
  ...realFileSystem,
  lstat: (path) => {
    const [directory, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)];
    const names = realFileSystem.lstat(directory)?.isDirectory ? realFileSystem.list(directory) : [];
    const same = names.find((one) => folded(one) === folded(name));
    return realFileSystem.lstat(same === undefined ? path : `${directory}/${same}`);
  },
};
const colliding: [what: string, one: string, other: string][] = [
  ['case', 'etc/rules/README', 'etc/rules/readme'],
  ['case of a directory', 'etc/rules/Dir/a', 'etc/rules/dir/b'],
  ['Unicode normalisation', 'etc/rules/caf\u00e9', 'etc/rules/cafe\u0301'],
  ['both', 'etc/rules/CAF\u00c9', 'etc/rules/cafe\u0301'],
];
for (const [what, one, other] of colliding) {
  test(`two names that differ only in ${what} are two files where the file system tells them apart`, () => {
    using home = new Home();
    assert.deepEqual(applyManifest(orderFor(home, [one, other])).problems, []);
    assert.deepEqual(home.read(), { [one]: 'x', [other]: 'x' });
  });

  test(`two names that differ only in ${what} keep the whole set out where the file system takes them for one`, () => {
    using home = new Home(before);
    const error = unapplied(home, orderFor(home, ['etc/rules/good', one, other]), folding);
    assert.deepEqual([error.code, home.read()], [3114, before]);
    const named = [one, other].map((path) =>
      JSON.stringify(what.endsWith('directory') ? path.slice(0, -2) : path),
    );
    for (const name of named) assert.ok(error.message.includes(name), error.message);
  });
}

test('a name that would overwrite what is removed after it keeps the set out where the two are one', () => {
  using home = new Home({ 'etc/rules/Old': 'old' });
  const error = unapplied(home, orderFor(home, ['etc/rules/old'], { extra: ['etc/rules/Old'] }), folding);
  assert.deepEqual([error.code, home.read()], [3114, { 'etc/rules/Old': 'old' }]);
});

test('a symbolic link in place of a directory on the way keeps the whole set out, and is named', () => {
  using target = new Home({ file: 'untouched' });
  for (const link of ['etc/rules/sub', 'etc/rules']) {
    using home = new Home({ 'etc/shared/kept': 'kept' });
    if (link !== 'etc/rules') mkdirSync(join(home.path, 'etc/rules'));
    symlinkSync(target.path, join(home.path, link));
    const error = unapplied(home, orderFor(home, ['etc/shared/new', 'etc/rules/sub/file']));
    assert.equal(error.code, 3114);
    assert.ok(error.message.includes(JSON.stringify(link)), error.message);
    assert.deepEqual(target.read('.'), { './file': 'untouched' });
  }
});

test('all that stands where a directory is needed is told at once, up to five by name, and what to do', () => {
  using target = new Home({ file: 'untouched' });
  using home = new Home({ 'etc/rules/f': 'a file' });
  const paths = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `etc/rules/${name}`);
  for (const path of paths.slice(0, 5)) symlinkSync(target.path, join(home.path, path));
  const refusalOf = (many: string[]) =>
    unapplied(
      home,
      orderFor(home, [...many.flatMap((path) => [`${path}/x`, `${path}/y/z`]), 'etc/rules/new']),
    );
  const named = (many: string[]) => many.map((path) => JSON.stringify(path)).join(', ');
  const all = refusalOf(paths);
  assert.equal(
    all.detail,
    `${named(paths.slice(0, 5))} and 1 more: they are no directories, and links are not followed; remove them`,
  );
  const two = refusalOf(paths.slice(1, 3));
  assert.match(
    two.detail ?? '',
    /^"etc\/rules\/b", "etc\/rules\/c": they are no directories.*; remove them$/,
  );
  const one = refusalOf(paths.slice(5));
  assert.equal(one.detail, '"etc/rules/f": it is no directory, and links are not followed; remove it');
  assert.deepEqual(
    [all, two, one].map(({ code }) => code),
    [3114, 3114, 3114],
  );
  assert.deepEqual(target.read('.'), { './file': 'untouched' });
});

test('a symbolic link in place of a directory does not lead a deletion outside', () => {
  using target = new Home({ file: 'untouched' });
  using home = new Home(before);
  symlinkSync(target.path, join(home.path, 'etc/rules/sub'));
  const error = unapplied(home, orderFor(home, ['etc/rules/new'], { extra: ['etc/rules/sub/file'] }));
  assert.equal(error.code, 3114);
  assert.deepEqual(target.read('.'), { './file': 'untouched' });
});

test('a symbolic link in place of a file is replaced, and what it points to stays', () => {
  using target = new Home({ file: 'untouched' });
  using home = new Home(before);
  symlinkSync(join(target.path, 'file'), join(home.path, 'etc/rules/a'));
  assert.deepEqual(applyManifest(orderFor(home, ['etc/rules/a'])).problems, []);
  assert.equal(readFileSync(join(target.path, 'file'), 'utf8'), 'untouched');
  assert.equal(home.read()['etc/rules/a'], 'x');
});

test('a symbolic link that is removed goes itself, and what it points to stays', () => {
  using target = new Home({ file: 'untouched' });
  using home = new Home({ ...before, 'etc/rules/gone': 'old' });
  symlinkSync(join(target.path, 'file'), join(home.path, 'etc/rules/link'));
  const order = orderFor(home, ['etc/rules/a'], { extra: ['etc/rules/gone', 'etc/rules/link'] });
  assert.deepEqual(applyManifest(order).problems, []);
  assert.deepEqual(home.read(), { ...before, 'etc/rules/a': 'x' });
  assert.deepEqual(target.read('.'), { './file': 'untouched' });
});

test('a link that is put in place of a directory while a set is being applied is not followed', () => {
  using target = new Home({ file: 'untouched' });
  using home = new Home({ 'etc/rules/first': 'old', 'etc/shared/sub/old': 'old' });
  let isSwapped = false;
  const swapping: SyncFileSystem = {
    ...realFileSystem,
    rename: (from, to) => {
      realFileSystem.rename(from, to);
      if (!to.endsWith('etc/rules/first')) return;
      realFileSystem.removeTree(join(home.path, 'etc/shared/sub'));
      symlinkSync(target.path, join(home.path, 'etc/shared/sub'));
      isSwapped = true;
    },
  };
  const order = orderFor(home, ['etc/rules/first', 'etc/shared/sub/new'], { extra: ['etc/shared/sub/file'] });
  assert.throws(() => applyManifest(order, swapping), { code: 3119, message: /links are not followed/ });
  assert.ok(isSwapped);
  assert.deepEqual(home.read(), { 'etc/rules/first': 'old' }, 'what could be put back is');
  assert.deepEqual(target.read('.'), { './file': 'untouched' });
});
