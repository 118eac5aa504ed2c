import assert from 'node:assert/strict';
import { type BigIntStats, type Dirent, lstatSync } from 'node:fs';
import { test } from 'node:test';
import { MAX_SET_FILES } from '../../src/files/limits.ts';
import { ScanState } from '../../src/files/scan-state.ts';
import { realReadFileSystem } from '../../src/files/walk.ts';
import { filesConfig } from './fixture.ts';

const aFile: BigIntStats = lstatSync(import.meta.filename, { bigint: true });

/** As many files in one directory. */
const withFiles = (count: number) => ({
  ...realReadFileSystem,
  lstat: (path: string) => (path.includes('/f') ? aFile : lstatSync('/', { bigint: true })),
  entries: (directory: string) =>
    directory.endsWith('/etc/rules/')
      ? Array.from(
          { length: count },
          (_, i) => ({ name: `f${i}`, isFile: () => true, isDirectory: () => false }) as Dirent,
        )
      : [],
});

test('a set of more files than are synchronised is refused, with how many there are and how many there may be', () => {
  const walk = (count: number) => new ScanState('/h', filesConfig, false, withFiles(count)).walk();
  assert.equal(walk(MAX_SET_FILES).paths.length, MAX_SET_FILES);
  assert.throws(() => walk(MAX_SET_FILES + 1), {
    code: 3113,
    detail: '131073 files in the synchronised directories; at most 131072 are synchronised',
  });
});
