import { closeSync } from 'node:fs';
import { digestDescriptor } from './digest.ts';
import { type FileIdentity, IDENTITY_NUMBERS, identityOf, putIdentity, sameIdentity } from './identity.ts';
import { MAX_READ_TRIES } from './limits.ts';
import type { ReadFileSystem } from './ports.ts';
import { NOT_PLAIN, problemOf, realReadFileSystem } from './walk.ts';

/** Files as they were read. Columns, because they go from thread to thread: one message of plain arrays, not objects. */
export interface HashedBatch {
  readonly paths: readonly string[];
  /** Hex; empty for a file that was not read. */
  readonly digests: readonly string[];
  /** State in which each was read, see identity.ts. */
  readonly identities: BigInt64Array<ArrayBuffer>;
  /** 0 for a file that may change once more without a trace, and so has to be read again. */
  readonly settled: Uint8Array<ArrayBuffer>;
  readonly failures: readonly ReadFailure[];
}

/** Why a file was not read. */
export interface ReadFailure {
  readonly index: number;
  /** Null if it is simply gone. */
  readonly problem: string | null;
  /** True if the file is there and will be readable again: what was known of it holds. */
  readonly isPassing: boolean;
}

/**
 * A file that was touched so shortly before may be touched again within the same tick of the file system's clock, which
 * no later look at its times would show: it is read once more at the next scan.
 */
export const UNSETTLED_MS = 50;

/**
 * Reads and hashes files on this thread. One that changes while it is read is read again. `why` says why one cannot be
 * read. Throws 3119 as `walk` does, unless that says otherwise.
 */
export function hashFiles(
  home: string,
  paths: readonly string[],
  fs: ReadFileSystem = realReadFileSystem,
  why: (path: string, error: unknown) => string | null = problemOf,
): HashedBatch {
  const digests = new Array<string>(paths.length).fill('');
  const identities = new BigInt64Array(paths.length * IDENTITY_NUMBERS);
  const settled = new Uint8Array(paths.length);
  const failures: ReadFailure[] = [];
  for (const [index, path] of paths.entries()) {
    const read = readFile(`${home}/${path}`, fs, (error) => why(path, error));
    if ('problem' in read) {
      failures.push({ index, ...read });
      continue;
    }
    digests[index] = read.digest;
    putIdentity(identities, index, read.identity);
    settled[index] = isSettled(read.identity) ? 1 : 0;
  }
  return { paths, digests, identities, settled, failures };
}

/** Whether the times of a file that is looked at now would show any later change. */
export function isSettled({ ctimeNs }: FileIdentity): boolean {
  return Date.now() - Number(ctimeNs / 1_000_000n) > UNSETTLED_MS;
}

type Read = { digest: string; identity: FileIdentity } | Omit<ReadFailure, 'index'>;

function readFile(file: string, fs: ReadFileSystem, why: (error: unknown) => string | null): Read {
  try {
    for (let tries = 0; tries < MAX_READ_TRIES; tries += 1) {
      const read = readOnce(file, fs);
      if (read !== null) return read;
    }
    return { problem: `it changed each of the ${MAX_READ_TRIES} times that it was read`, isPassing: true };
  } catch (error) {
    return { problem: why(error), isPassing: false };
  }
}

/** Null if the file changed in between. */
function readOnce(file: string, fs: ReadFileSystem): Read | null {
  const descriptor = fs.open(file);
  try {
    const stats = fs.fstat(descriptor);
    if (!stats.isFile()) return { problem: NOT_PLAIN, isPassing: false };
    const before = identityOf(stats);
    const { digest, sizeBytes } = digestDescriptor(descriptor);
    const identity = identityOf(fs.fstat(descriptor));
    return sizeBytes === before.size && sameIdentity(before, identity) ? { digest, identity } : null;
  } finally {
    closeSync(descriptor);
  }
}
