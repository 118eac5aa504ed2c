import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
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
    lock = new DatabaseSync(path, { timeout: timeoutMs });
    shareWithOwner(path);
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) {
      throw new MusterError(3211, `another process has ${path} for ${timeoutMs} ms`, { cause: error });
    }
    throw new MusterError(3119, `${path}: ${systemWords(error)}`, { cause: error });
  }
}

/** What root makes in a home of somebody else, that one may lock too. */
function shareWithOwner(path: string): void {
  const me = process.getuid?.();
  const { uid, gid } = statSync(dirname(path));
  if (me === 0) chownSync(path, uid, gid);
  if (me === 0 || statSync(path).uid === me) chmodSync(path, FILE_MODE);
}
