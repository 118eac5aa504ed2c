import { join } from 'node:path';
import type { Journal } from './journal.ts';
import { naming } from './naming.ts';
import { errorCode, type SyncFileSystem } from './ports.ts';

/** Below the staging directory: what a set replaces and removes, each under the number of its path. */
export const KEPT_DIRECTORY = 'kept';
const DIRECTORY_MODE = 0o700;
/** Errors of a file that may not be linked, or not from there, but may be copied. */
const NO_LINK = new Set(['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
/** Errors of a file that may not be read. */
const NOT_OURS = new Set(['EPERM', 'EACCES']);

/** Below the staging directory. */
export const keptName = (number: number): string => `${KEPT_DIRECTORY}/${number}`;

/** A path of a set where a file stood before it, and its number. */
export type OldFile = readonly [number: number, path: string];

/** The files that a set replaces, and those that it removes: `early` ones, then the others. */
export function oldFiles({ puts, early, deletes, replaced = [] }: Journal) {
  const numbered = (paths: readonly string[], first: number) =>
    paths.map((path, i): OldFile => [first + i, path]);
  return {
    replaced: replaced.map((put): OldFile => [put, puts[put]?.[0] ?? '']),
    early: numbered(early, puts.length),
    deletes: numbered(deletes, puts.length + early.length),
  };
}

/**
 * Keeps what a set replaces and removes, so that it can be put back: by a second name, which costs no room and does not
 * touch the file; where that is not possible by a copy. Files that the set creates cost nothing. Returns the numbers of
 * those that can only be moved away, when it is their turn. Throws 3119; nothing has changed then.
 */
export function keepOld(fs: SyncFileSystem, home: string, journal: Journal): ReadonlySet<number> {
  const { replaced, early, deletes } = oldFiles(journal);
  const old = [...replaced, ...early, ...deletes];
  const asides = new Set<number>();
  if (old.length === 0) return asides;
  const staging = join(home, journal.staging);
  naming(journal.staging, () => fs.mkdir(join(staging, KEPT_DIRECTORY), DIRECTORY_MODE));
  for (const [number, path] of old) {
    const isKept = naming(path, () => keep(fs, `${home}/${path}`, `${staging}/${keptName(number)}`));
    if (!isKept) asides.add(number);
  }
  return asides;
}

/** The numbers of what is kept. */
export function keptNumbers(fs: SyncFileSystem, home: string, { staging }: Journal): ReadonlySet<number> {
  const directory = join(home, staging, KEPT_DIRECTORY);
  return new Set(fs.lstat(directory) === null ? [] : fs.list(directory).map(Number));
}

/** False for a file that can neither be linked nor copied. */
function keep(fs: SyncFileSystem, file: string, kept: string): boolean {
  try {
    fs.link(file, kept);
    return true;
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return true;
    if (!NO_LINK.has(code)) throw error;
  }
  const found = fs.lstat(file);
  if (found === null || found.isDirectory) return true;
  return found.isFile && copy(fs, file, kept);
}

function copy(fs: SyncFileSystem, file: string, kept: string): boolean {
  try {
    fs.copy(file, kept);
    return true;
  } catch (error) {
    if (!NOT_OURS.has(errorCode(error) ?? '')) throw error;
    fs.unlink(kept);
    return false;
  }
}
