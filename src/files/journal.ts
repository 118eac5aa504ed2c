import { dirname, join } from 'node:path';
import { faultPoint } from '../fault-point.ts';
import { MusterError } from '../protocol/errors.ts';
import { digestOf } from './digest.ts';
import { MAX_JOURNAL_BYTES } from './limits.ts';
import { named } from './naming.ts';
import { isSafeName } from './paths.ts';
import { errorCode, type SyncFileSystem } from './ports.ts';

/** Where the journal stands while a set is being applied. */
export const JOURNAL_FILE = 'queue/cluster/.journal';
/**
 * What the journal is called as soon as its set turns out not to be possible: from then on the old set will be. A name
 * needs no room, and changes at one instant.
 */
export const UNDO_FILE = `${JOURNAL_FILE}.undo`;
/** Where verified contents wait until the set is complete, a directory a task. */
export const STAGING_DIRECTORY = 'queue/cluster/.staging';
const JOURNAL_MODE = 0o600;
const VERSION = 1;

/** A file to be put in place. */
export type Put = readonly [path: string, hash: string, mode: number];

/** Everything that applying a set does, decided and verified before its first step. */
export interface Journal {
  /** Directory of the verified contents, below the home; each is called after its hash. */
  readonly staging: string;
  readonly puts: readonly Put[];
  /** Files to be removed; `early` ones stand where a directory of a put has to be, or below where a put has to be. */
  readonly early: readonly string[];
  readonly deletes: readonly string[];
  /** Directories that go if the deletions leave them empty. */
  readonly emptied: readonly string[];
  /**
   * The puts, by their number, where a file stood before: it is kept, see keep.ts. None of a set that cannot be undone,
   * since nothing was kept for it.
   */
  readonly replaced?: readonly number[];
}

/**
 * Writes the journal; from then on the new set will be. The file is `<BLAKE2b-512 of the rest> LF <JSON>`. It is on the
 * disk when this returns, and so is its name; the staged contents may not be, which is why `recover` verifies them.
 * Throws 3119; a journal that has its name already is taken back, and nothing will be done then. Where even that fails
 * the journal stands: the set is completed, and the error of the sync says so (see staging.ts).
 */
export function writeJournal(fs: SyncFileSystem, home: string, journal: Journal): void {
  const path = join(home, JOURNAL_FILE);
  const text = JSON.stringify({ version: VERSION, ...journal });
  const bytes = Buffer.from(text);
  try {
    fs.writeDurably(`${path}.tmp`, Buffer.from(`${digestOf(bytes)}\n${text}`), JOURNAL_MODE);
    faultPoint('journal.written');
    fs.rename(`${path}.tmp`, path);
    faultPoint('journal.named');
    fs.syncDirectory(dirname(path));
    faultPoint('journal.stands');
  } catch (error) {
    takeBack(fs, path);
    throw named(path, error);
  }
}

function takeBack(fs: SyncFileSystem, path: string): void {
  try {
    fs.unlink(path);
    fs.unlink(`${path}.tmp`);
  } catch {
    // The first failure is the one to tell of; what is left is dropped at the next start.
  }
}

/**
 * Names of the staged contents of these files: the hash; where several files have the same content, each further one
 * has a copy of its own, so that every file is put in place by moving it.
 */
export function stagedNames(puts: readonly Put[]): string[] {
  const uses = new Map<string, number>();
  return puts.map(([, hash]) => {
    const use = uses.get(hash) ?? 0;
    uses.set(hash, use + 1);
    return use === 0 ? hash : `${hash}.${use}`;
  });
}

/** The journal of a set that was not completed; null if there is none. Throws 3121 for one that cannot be trusted. */
export function readJournal(fs: SyncFileSystem, home: string, name = JOURNAL_FILE): Journal | null {
  const path = join(home, name);
  const found = fs.lstat(path);
  if (found === null) return null;
  try {
    if (!found.isFile) throw new Error('it is no plain file');
    if (found.size > MAX_JOURNAL_BYTES) throw new Error(`it has ${found.size} bytes`);
    return parseJournal(fs.read(path));
  } catch (error) {
    // What the file system refuses to read may be readable later, and must not be thrown away.
    if (errorCode(error) !== undefined) throw named(path, error);
    throw new MusterError(3121, `${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The set is complete. Throws what the file system throws. */
export function dropJournal(fs: SyncFileSystem, home: string): void {
  const path = join(home, JOURNAL_FILE);
  faultPoint('journal.carried-out');
  fs.unlink(path);
  faultPoint('journal.removed');
  fs.syncDirectory(dirname(path));
  faultPoint('journal.gone');
}

/** Whether there is a set that is neither complete nor undone. */
export function isSetLeft(fs: SyncFileSystem, home: string): boolean {
  return [JOURNAL_FILE, UNDO_FILE].some((name) => fs.lstat(join(home, name)) !== null);
}

/** From here on the old set will be. Throws what the file system throws. */
export function turnJournal(fs: SyncFileSystem, home: string): void {
  const path = join(home, JOURNAL_FILE);
  // It has its new name already if only the wait for the disk failed.
  if (fs.lstat(path) !== null) fs.rename(path, join(home, UNDO_FILE));
  faultPoint('undo.turned');
  fs.syncDirectory(dirname(path));
  faultPoint('undo.stands');
}

/** The old set is complete. Throws what the file system throws. */
export function dropUndo(fs: SyncFileSystem, home: string): void {
  const path = join(home, UNDO_FILE);
  faultPoint('undo.done');
  fs.unlink(path);
  faultPoint('undo.removed');
  fs.syncDirectory(dirname(path));
  faultPoint('undo.gone');
}

function parseJournal(bytes: Uint8Array): Journal {
  const end = bytes.indexOf(0x0a);
  const body = bytes.subarray(end + 1);
  const checksum = Buffer.from(bytes.subarray(0, Math.max(0, end))).toString('latin1');
  if (digestOf(body) !== checksum) throw new Error('its checksum is wrong');
  const { version, ...journal } = JSON.parse(Buffer.from(body).toString('utf8'));
  if (version !== VERSION) throw new Error(`it is of version ${JSON.stringify(version)}`);
  if (!isJournal(journal)) throw new Error('it is not of the form of a journal');
  return journal;
}

function isJournal(value: Partial<Record<keyof Journal, unknown>>): value is Journal {
  const { staging, puts, early, deletes, emptied, replaced, ...more } = value as Record<string, unknown>;
  const lists = [early, deletes, emptied];
  return (
    Object.keys(more).length === 0 &&
    typeof staging === 'string' &&
    isStagingDirectory(staging) &&
    Array.isArray(puts) &&
    puts.every(isPut) &&
    lists.every((list) => Array.isArray(list) && list.every((path) => typeof path === 'string')) &&
    (replaced === undefined || isReplaced(replaced, puts.length))
  );
}

const HASH = /^[0-9a-f]{128}$/;
const MAX_MODE = 0o777;

function isPut(value: unknown): value is Put {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [path, hash, mode] = value;
  return (
    typeof path === 'string' &&
    typeof hash === 'string' &&
    HASH.test(hash) &&
    Number.isInteger(mode) &&
    mode >= 0 &&
    mode <= MAX_MODE
  );
}

function isReplaced(value: unknown, puts: number): boolean {
  return Array.isArray(value) && value.every((put) => Number.isInteger(put) && put >= 0 && put < puts);
}

function isStagingDirectory(path: string): boolean {
  const [name = '', ...rest] = path.slice(STAGING_DIRECTORY.length + 1).split('/');
  return path.startsWith(`${STAGING_DIRECTORY}/`) && rest.length === 0 && isSafeName(name);
}
