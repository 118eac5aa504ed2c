import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Digester, type FileIdentity, fileIdentity, sameIdentity } from './digest.ts';
import { MAX_READ_TRIES } from './limits.ts';

/** A file as it was read, or why it was not; `problem: null` if it is simply gone. */
export type HashedFile =
  | { path: string; digest: string; identity: FileIdentity; isSettled: boolean }
  | { path: string; problem: string | null };

/**
 * A file that was touched so shortly before may be touched again within the same tick of the file system's clock, which
 * no later look at its times would show: it is read once more at the next scan.
 */
const UNSETTLED_MS = 50;

/** Neither a link nor a pipe that took the place of the file meanwhile may lead elsewhere or block. */
const READ_PLAIN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Reads and hashes files on this thread. One that changes while it is read is read again. */
export function hashFiles(home: string, paths: readonly string[], digester: Digester): HashedFile[] {
  return paths.map((path) => hashFile(home, path, digester));
}

function hashFile(home: string, path: string, digester: Digester): HashedFile {
  try {
    for (let tries = 0; tries < MAX_READ_TRIES; tries += 1) {
      const read = readStable(join(home, path), digester);
      if (read === null) continue;
      const isSettled = Date.now() - Number(read.identity.ctimeNs / 1_000_000n) > UNSETTLED_MS;
      return { path, ...read, isSettled };
    }
    return { path, problem: `it changed each of the ${MAX_READ_TRIES} times that it was read` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { path, problem: code === 'ENOENT' ? null : message };
  }
}

/** Digest and state of a file; null if it changed in between. */
function readStable(path: string, digester: Digester): { digest: string; identity: FileIdentity } | null {
  const file = openSync(path, READ_PLAIN);
  try {
    const before = fileIdentity(file);
    const digest = digester.descriptor(file, before.size);
    const identity = fileIdentity(file);
    return digest !== null && sameIdentity(before, identity) ? { digest, identity } : null;
  } finally {
    closeSync(file);
  }
}
