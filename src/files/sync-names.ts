import { join } from 'node:path';
import type { Journal } from './journal.ts';
import { KEPT_DIRECTORY } from './keep.ts';
import { directoryOf } from './paths.ts';
import { errorCode, type SyncFileSystem } from './ports.ts';
import type { Step } from './step.ts';

/** Errors of a directory that cannot be synced at all: the file system knows no such thing, or it may not be opened. */
const NOT_SYNCED = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR']);

/**
 * Steps after which all names that a journal changes are on the disk, however much of that an earlier life has done:
 * before that the journal must not go, or a loss of power leaves some files of one set beside some of another, and
 * nothing that says so. One for each directory, and for each above, which may be new; contents are not synced.
 */
export function syncingNames(fs: SyncFileSystem, home: string, journal: Journal): Step[] {
  return placesOf(journal).map((path) => ({
    path,
    run: () => syncIfPossible(fs, join(home, path)),
  }));
}

/**
 * To be called before a journal is written: that what it needs to be completed, or undone, has its names. Throws what
 * the file system throws, but where it syncs no directory.
 */
export function syncStaged(fs: SyncFileSystem, home: string, { staging }: Journal): void {
  const kept = join(home, staging, KEPT_DIRECTORY);
  if (fs.lstat(kept) !== null) syncIfPossible(fs, kept);
  syncIfPossible(fs, join(home, staging));
}

function placesOf({ puts, early, deletes }: Journal): string[] {
  const places = new Set<string>();
  const add = (path: string): void => {
    const directory = directoryOf(path);
    if (places.has(directory)) return;
    places.add(directory);
    if (directory !== '.') add(directory);
  };
  for (const [path] of puts) add(path);
  for (const path of [...early, ...deletes]) add(path);
  return [...places];
}

function syncIfPossible(fs: SyncFileSystem, directory: string): void {
  try {
    fs.syncDirectory(directory);
  } catch (error) {
    if (!NOT_SYNCED.has(errorCode(error) ?? '')) throw error;
  }
}
