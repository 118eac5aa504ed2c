import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedFiles } from '../../src/files/changed-files.ts';
import type { ReadFileSystem } from '../../src/files/ports.ts';
import { realReadFileSystem } from '../../src/files/walk.ts';
import { refusal } from './faults.ts';
import { Home } from './fixture.ts';
import { hashOf } from './round.ts';

const contents = { 'etc/rules/a': 'a', 'etc/rules/b': 'b', 'etc/rules/c': 'c' };
const files = Object.entries(contents).map(([path, content]) => ({
  path,
  size: content.length,
  hash: hashOf(content),
}));

for (const [code, isOfFile] of [
  ['EIO', false],
  ['EMFILE', false],
  ['EACCES', true],
] as const)
  test(`a file that cannot be opened (${code}) is one that changed, with its name and the reason; the others are not`, () => {
    using home = new Home(contents);
    const fs: ReadFileSystem = {
      ...realReadFileSystem,
      open: (path) => {
        if (path.endsWith('b')) throw refusal(code, 'open');
        return realReadFileSystem.open(path);
      },
    };
    assert.deepEqual(changedFiles(home.path, files, fs), [
      { ...files[1], problem: `etc/rules/b: ${code}: refused, open`, isOfFile },
    ]);
  });

test('a file that went, and one with other contents, have changed without a reason', () => {
  using home = new Home(contents);
  home.write({ 'etc/rules/a': 'x' });
  home.remove('etc/rules/c');
  assert.deepEqual(
    changedFiles(home.path, files).map(({ path, problem, isOfFile }) => [path, problem, isOfFile]),
    [
      ['etc/rules/a', null, true],
      ['etc/rules/c', null, true],
    ],
  );
});
