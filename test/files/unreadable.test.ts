import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashFiles } from '../../src/files/hash-files.ts';
import type { ReadFileSystem } from '../../src/files/ports.ts';
import { ScanState } from '../../src/files/scan-state.ts';
import { realReadFileSystem } from '../../src/files/walk.ts';
import { filesConfig, Home } from './fixture.ts';

const denied = () => {
  throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
};
/** The real file system, until a directory is closed. */
class Closable implements ReadFileSystem {
  closed: string | null = null;
  closedFile: string | null = null;
  entries = (directory: string) =>
    this.closed !== null && directory.includes(this.closed)
      ? denied()
      : realReadFileSystem.entries(directory);
  lstat = (path: string) => realReadFileSystem.lstat(path);
  open = (path: string) =>
    this.closedFile !== null && path.endsWith(this.closedFile) ? denied() : realReadFileSystem.open(path);
  fstat = (file: number) => realReadFileSystem.fstat(file);
}

const look = (state: ScanState, home: string, fs: ReadFileSystem = realReadFileSystem) => {
  const { paths, problems } = state.walk();
  const unread = state.take(hashFiles(home, paths, fs));
  return { ...state.settle(), problems: [...problems, ...unread] };
};

test('on the master a directory that cannot be read any more keeps its files: nobody deletes them', () => {
  using home = new Home({ 'etc/rules/a': 'a', 'etc/shared/b': 'b' });
  const fs = new Closable();
  const state = new ScanState(home.path, filesConfig, true, fs);
  const before = look(state, home.path);
  fs.closed = 'etc/rules';
  const after = look(state, home.path);
  assert.equal(after.digest, before.digest);
  assert.deepEqual(after.deleted, []);
  assert.match(after.problems[0]?.message ?? '', /EACCES/);
});

test('on the master a file that cannot be read any more stays as it was known, and is named', () => {
  using home = new Home({ 'etc/rules/a': 'a', 'etc/rules/b': 'b' });
  const fs = new Closable();
  const state = new ScanState(home.path, filesConfig, true, fs);
  const before = look(state, home.path, fs);
  home.write({ 'etc/rules/a': 'changed' });
  fs.closedFile = 'etc/rules/a';
  const after = look(state, home.path, fs);
  assert.deepEqual([after.digest, after.deleted], [before.digest, []]);
  assert.deepEqual(
    after.problems.map(({ path }) => path),
    ['etc/rules/a'],
  );
  fs.closedFile = null;
  assert.deepEqual(look(state, home.path, fs).updated, ['etc/rules/a']);
});

test('on the master nothing is published as long as a directory has never been readable', () => {
  using home = new Home({ 'etc/rules/a': 'a' });
  const fs = new Closable();
  fs.closed = 'etc/rules';
  assert.throws(() => look(new ScanState(home.path, filesConfig, true, fs), home.path), { code: 3119 });
});

test('on a worker what cannot be read counts as missing, so that it is sent again', () => {
  using home = new Home({ 'etc/rules/a': 'a', 'etc/shared/b': 'b' });
  const fs = new Closable();
  const state = new ScanState(home.path, filesConfig, false, fs);
  look(state, home.path);
  fs.closed = 'etc/rules';
  assert.deepEqual(look(state, home.path).deleted, ['etc/rules/a']);
});
