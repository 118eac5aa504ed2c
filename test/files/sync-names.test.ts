import assert from 'node:assert/strict';
import { relative } from 'node:path';
import { test } from 'node:test';
import { JOURNAL_FILE, UNDO_FILE } from '../../src/files/journal.ts';
import { realFileSystem, type SyncFileSystem } from '../../src/files/ports.ts';
import { refusal } from './faults.ts';
import { Home } from './fixture.ts';
import { discard, play, roundBetween, STAGING } from './round.ts';

const BEFORE = { 'etc/rules/a': 'old', 'etc/rules/b': 'goes', 'etc/shared/g/c': 'old' };
const AFTER = { 'etc/rules/a': 'new', 'etc/rules/new/deep/d': 'new', 'etc/shared/g/c': 'new too' };
const QUEUE = 'queue/cluster';
const PLACES = ['etc', 'etc/rules', 'etc/rules/new', 'etc/rules/new/deep', 'etc/shared', 'etc/shared/g', ''];
const round = await roundBetween(BEFORE, AFTER);

/** The real file system, which tells which directories are synced, and when journals come and go. */
function told(home: Home, heard: string[], other: Partial<SyncFileSystem> = {}): SyncFileSystem {
  const fs = { ...realFileSystem, ...other };
  const nameOf = (path: string) => relative(home.path, path);
  return {
    ...fs,
    syncDirectory: (directory) => {
      heard.push(nameOf(directory));
      fs.syncDirectory(directory);
    },
    rename: (from, to) => {
      fs.rename(from, to);
      if ([JOURNAL_FILE, UNDO_FILE].includes(nameOf(to))) heard.push(`+ ${nameOf(to)}`);
    },
    unlink: (path) => {
      fs.unlink(path);
      if ([JOURNAL_FILE, UNDO_FILE].includes(nameOf(path))) heard.push(`- ${nameOf(path)}`);
    },
  };
}

const between = (heard: readonly string[], from: string, to: string) =>
  heard.slice(heard.indexOf(from) + 1, heard.indexOf(to));

test('what is staged and kept has its name on the disk before the journal, each directory that changed before the journal goes, once', () => {
  using home = new Home(BEFORE);
  const heard: string[] = [];
  play(round, home, told(home, heard));
  assert.deepEqual(home.read(), AFTER);
  assert.deepEqual(heard.slice(0, heard.indexOf(`+ ${JOURNAL_FILE}`)), [`${STAGING}/kept`, STAGING]);
  const [first, ...synced] = between(heard, `+ ${JOURNAL_FILE}`, `- ${JOURNAL_FILE}`);
  assert.equal(first, QUEUE);
  assert.deepEqual(synced.toSorted(), PLACES.toSorted());
});

test('a set that is undone has its names on the disk before that journal goes', () => {
  using home = new Home(BEFORE);
  const heard: string[] = [];
  const rename: SyncFileSystem['rename'] = (from, to) => {
    if (to.endsWith('/c') && !from.includes('/kept/')) throw refusal('EPERM', 'rename');
    realFileSystem.rename(from, to);
  };
  assert.throws(() => play(round, home, told(home, heard, { rename })), { code: 3119 });
  assert.deepEqual(home.read(), BEFORE);
  const [first, ...synced] = between(heard, `+ ${UNDO_FILE}`, `- ${UNDO_FILE}`);
  assert.equal(first, QUEUE);
  assert.deepEqual(synced.toSorted(), PLACES.toSorted());
});

/** Refuses to sync these directories, always. */
const refusing = (code: string, ...refused: string[]): Partial<SyncFileSystem> => ({
  syncDirectory: (directory) => {
    if (refused.some((end) => directory.endsWith(end))) throw refusal(code, 'fsync');
    realFileSystem.syncDirectory(directory);
  },
});

test('a directory that cannot be synced keeps no set out; one that fails to be is told', () => {
  for (const [code, problems] of [
    ['EINVAL', []],
    ['EACCES', []],
    ['EIO', ['etc/rules']],
  ] as const) {
    using home = new Home(BEFORE);
    const report = play(round, home, { ...realFileSystem, ...refusing(code, '/etc/rules') });
    assert.deepEqual(home.read(), AFTER);
    assert.deepEqual(
      report.problems.map(({ path }) => path),
      problems,
      code,
    );
  }
});

test('where staged contents lie on a file system that syncs no directory a set is applied; where it fails to, nothing changes', () => {
  using home = new Home(BEFORE);
  const fs = (code: string) => ({ ...realFileSystem, ...refusing(code, STAGING) });
  assert.throws(() => play(round, home, fs('EIO')), { code: 3119 });
  assert.deepEqual(home.read(), BEFORE);
  discard(home);
  play(round, home, fs('EINVAL'));
  assert.deepEqual(home.read(), AFTER);
});
