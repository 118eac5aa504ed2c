import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  openSync,
  readdirSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { digestOf } from '../../src/files/digest.ts';
import { hashFiles } from '../../src/files/hash-files.ts';
import { FileIndex } from '../../src/files/index.ts';
import { MAX_READ_TRIES } from '../../src/files/limits.ts';
import { FilePool } from '../../src/files/pool.ts';
import type { ReadFileSystem } from '../../src/files/ports.ts';
import { ScanState } from '../../src/files/scan-state.ts';
import { realReadFileSystem } from '../../src/files/walk.ts';
import { waitFor } from '../harness/wait-for.ts';
import { arrivedManifest, filesConfig, Home, staged } from './fixture.ts';

const pool = new FilePool({ threads: 2 });
after(() => pool.close());

/** The real file system, with something done before an open file is looked at, which it is before and after the reading. */
function looking(onLook: (looks: number) => void): ReadFileSystem {
  let looks = 0;
  const fstat = (file: number) => {
    looks += 1;
    onLook(looks);
    return realReadFileSystem.fstat(file);
  };
  return { ...realReadFileSystem, fstat };
}

/** Scans until nothing is read any more: what was written a moment ago is read twice. */
async function settled(index: FileIndex): Promise<void> {
  await waitFor('a scan that reads nothing', async () => (await index.scan()).hashedFiles === 0);
}

test('nothing is read when nothing changed, and only what changed is', async () => {
  const contents = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`etc/rules/${i}`, `${i}`]));
  using home = new Home(contents);
  const index = new FileIndex({ home: home.path, config: filesConfig, pool });
  await settled(index);
  home.write({ 'etc/rules/7': 'changed', 'etc/rules/new': 'new' });
  const report = await index.scan();
  assert.equal(report.hashedFiles, 2);
  assert.deepEqual([report.created, report.updated], [['etc/rules/new'], ['etc/rules/7']]);
  await settled(index);
});

test('a file that was written a moment ago is read once more, though its times stay the same', () => {
  using home = new Home({ 'etc/rules/a': 'one' });
  const state = new ScanState(home.path, filesConfig, false);
  state.take(hashFiles(home.path, state.walk().paths));
  state.settle();
  assert.deepEqual(state.walk().paths, ['etc/rules/a']);
});

test('what a sync has written is not read by the next scan, unless somebody wrote it since', async () => {
  const old = new Date(Date.now() - 10_000);
  const files = { 'etc/rules/a': 'a', 'etc/rules/b': 'b', 'etc/rules/c': 'c' };
  using master = new Home(files);
  using worker = new Home();
  const { staging, manifest, masterDigest } = await staged(master.path, worker.path, pool);
  const index = new FileIndex({ home: worker.path, config: filesConfig, pool });
  await index.scan();
  // Contents that were written long before they are moved into place, as those of a large set are.
  const directory = join(worker.path, 'queue/cluster/.staging');
  for (const task of readdirSync(directory)) {
    for (const name of readdirSync(join(directory, task))) utimesSync(join(directory, task, name), old, old);
  }
  await staging.commit(arrivedManifest(worker.path, manifest));
  appendFileSync(join(worker.path, 'etc/rules/b'), 'x');
  const report = await index.scan();
  assert.equal(report.hashedFiles, 1);
  assert.deepEqual(report.created.toSorted(), Object.keys(files));
  writeFileSync(join(worker.path, 'etc/rules/b'), 'b');
  assert.equal((await index.scan()).digest, masterDigest);
  await staging.discard();
});

test('a file that vanishes between the walk and the reading is simply not there', () => {
  using home = new Home({ 'etc/rules/a': 'a', 'etc/rules/b': 'b' });
  const state = new ScanState(home.path, filesConfig, false);
  const { paths } = state.walk();
  unlinkSync(join(home.path, 'etc/rules/a'));
  assert.deepEqual(state.take(hashFiles(home.path, paths)), []);
  assert.deepEqual(state.settle().created, ['etc/rules/b']);
});

test('a file that changes while it is read is read again', () => {
  using home = new Home({ 'etc/rules/a': 'a' });
  const path = join(home.path, 'etc/rules/a');
  const fs = looking((looks) => looks === 2 && appendFileSync(path, 'b'));
  const { digests, failures } = hashFiles(home.path, ['etc/rules/a'], fs);
  assert.deepEqual(failures, []);
  assert.equal(digests[0], digestOf(Buffer.from('ab')));
});

test('a file that never rests is a problem, and stays in the set as it was known', () => {
  using home = new Home({ 'etc/rules/a': 'a' });
  const path = join(home.path, 'etc/rules/a');
  const state = new ScanState(home.path, filesConfig, false);
  state.take(hashFiles(home.path, state.walk().paths));
  const { digest } = state.settle();
  appendFileSync(path, 'b');
  const restless = looking(() => appendFileSync(path, 'c'));
  const [problem] = state.take(hashFiles(home.path, state.walk().paths, restless));
  assert.match(problem?.message ?? '', new RegExp(`${MAX_READ_TRIES} times`));
  assert.equal(state.settle().digest, digest);
  assert.equal(state.take(hashFiles(home.path, state.walk().paths)).length, 0, 'at rest it is read');
  assert.notEqual(state.settle().digest, digest);
});

test('a link that took the place of a file after the walk is not followed', () => {
  using home = new Home({ 'etc/rules/a': 'a' });
  const toLink: ReadFileSystem = {
    ...realReadFileSystem,
    open: (path) => {
      throw Object.assign(new Error(`ELOOP: too many symbolic links, open '${path}'`), { code: 'ELOOP' });
    },
  };
  const { failures } = hashFiles(home.path, ['etc/rules/a'], toLink);
  assert.match(failures[0]?.problem ?? '', /links are not followed/);
});

test('a file that may not be read is a problem: a worker leaves it out, so that it is sent again', () => {
  using home = new Home({ 'etc/rules/a': 'a', 'etc/rules/b': 'b' });
  const closed: ReadFileSystem = {
    ...realReadFileSystem,
    open: (path) => {
      if (path.endsWith('/b')) return realReadFileSystem.open(path);
      throw Object.assign(new Error(`EACCES: permission denied, open '${path}'`), { code: 'EACCES' });
    },
  };
  const state = new ScanState(home.path, filesConfig, false);
  const [problem] = state.take(hashFiles(home.path, state.walk().paths, closed));
  assert.match(problem?.message ?? '', /permission denied/);
  assert.deepEqual(state.settle().created, ['etc/rules/b']);
});

test('a pipe or a directory that took the place of a file does not hold the thread', () => {
  using home = new Home({ 'etc/rules/dir/x': '' });
  const { failures } = hashFiles(home.path, ['etc/rules/dir'], realReadFileSystem);
  assert.match(failures[0]?.problem ?? '', /only plain files/);
});

for (const code of ['EMFILE', 'EIO', 'ENOMEM']) {
  test(`${code} says nothing of a file: the scan fails, and the set stays as it was`, () => {
    using home = new Home({ 'etc/rules/a': 'a', 'etc/rules/b': 'b' });
    let isBroken = false;
    const fail = () => {
      throw Object.assign(new Error(`${code}: no`), { code });
    };
    const fs: ReadFileSystem = {
      ...realReadFileSystem,
      lstat: (path) => (isBroken && path.endsWith('/b') ? fail() : realReadFileSystem.lstat(path)),
    };
    const state = new ScanState(home.path, filesConfig, false, fs);
    state.take(hashFiles(home.path, state.walk().paths));
    const { digest } = state.settle();
    isBroken = true;
    assert.throws(() => state.walk(), { code: 3119 });
    assert.throws(() => hashFiles(home.path, ['etc/rules/b'], { ...fs, open: fail }), { code: 3119 });
    isBroken = false;
    state.take(hashFiles(home.path, state.walk().paths));
    const delta = state.settle();
    assert.deepEqual([delta.deleted, delta.digest], [[], digest]);
  });
}

test('file descriptors are closed whatever happens', () => {
  using home = new Home({ 'etc/rules/a': 'a' });
  const before = openSync('/dev/null', 'r');
  closeSync(before);
  hashFiles(
    home.path,
    Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? 'etc/rules/a' : 'etc/rules')),
  );
  const now = openSync('/dev/null', 'r');
  closeSync(now);
  assert.equal(now, before);
});
