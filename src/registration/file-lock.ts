import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemWords } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';

const DIRECTORY_MODE = 0o770;
const FILE_MODE = 0o660;
const SQLITE_BUSY = 5;

/**
 * Does something while no other process or thread of this machine holds the same lock file; waits for its turn on the
 * thread that calls it. Throws 3211 when it does not come.
 *
 * Node has no locks on files, SQLite has: of an empty database, which stays empty. The kernel gives the lock back however
 * its process ends.
 */
export function withFileLock<Result>(path: string, work: () => Result, timeoutMs: number): Result {
  const lock = take(path, timeoutMs);
  try {
    return work();
  } finally {
    lock.close();
  }
}

function take(path: string, timeoutMs: number): DatabaseSync {
  let lock: DatabaseSync | null = null;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
    prepareLockFile(path);
    lock = new DatabaseSync(path, { timeout: timeoutMs });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) {
      throw new MusterError(3211, `another process has ${path} for ${timeoutMs} ms`, { cause: error });
    }
    if (error instanceof MusterError) throw error;
    throw new MusterError(3119, `${path}: ${systemWords(error)}`, { cause: error });
  }
}

/**
 * The file is there, and is a lock and nothing else. Root works in homes whose owners are not trusted with its rights: what
 * is made is given to the owner by its descriptor, what was there is only looked at, and no link is followed. Throws 3119.
 */
function prepareLockFile(path: string): void {
  const owner = statSync(dirname(path));
  const made = openNew(path);
  if (made !== null) {
    try {
      if (process.getuid?.() === 0) fchownSync(made, owner.uid, owner.gid);
      fchmodSync(made, FILE_MODE);
    } finally {
      closeSync(made);
    }
    return;
  }
  const found = lstatSync(path);
  const trusted = [0, process.getuid?.(), owner.uid];
  if (!found.isFile() || found.nlink > 1 || !trusted.includes(found.uid))
    throw new MusterError(3119, `${path}: something stands there that is no lock of Muster: move it away`);
}

/** Null where something stands already, a link that leads nowhere too. */
function openNew(path: string): number | null {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, FILE_MODE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw error;
  }
}
