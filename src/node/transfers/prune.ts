import { rmdirSync, type Stats } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemError } from '../../config/system-words.ts';
import { amountOf, exceeds, minus } from './amount.ts';
import { amountsOf, type ByQuota, quotaOf } from './quotas.ts';

/** How the part of a file that is still arriving is called. */
export const PART_SUFFIX = '.part';

export interface PruneOptions {
  /** What may stay, together; the oldest goes first. */
  allowed: ByQuota;
  /** What is older goes in any case. */
  maxAgeMs: number;
  /** Milliseconds since the epoch. */
  nowMs: number;
  /** Whether a file is in use, and so has to stay. */
  isActive?(path: string): boolean;
  /** Leaves complete files alone, which somebody may be about to use. */
  partsOnly?: boolean;
}

export interface SpooledFile {
  path: string;
  sizeBytes: number;
  modifiedMs: number;
}

/** The regular files that lie in a spool directory; none if it does not exist. Rejects with 3119. */
export async function listSpool(directory: string): Promise<SpooledFile[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw fileSystemError(directory, error);
  });
  const files: SpooledFile[] = [];
  for (const name of names) {
    const path = join(directory, name);
    const stats = await statIfThere(path);
    if (stats?.isFile()) files.push({ path, sizeBytes: stats.size, modifiedMs: stats.mtimeMs });
  }
  return files;
}

/** Null for what is gone. Rejects with 3119. */
export async function statIfThere(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileSystemError(path, error);
  }
}

/** What a directory may answer that is no longer there, or is not empty. */
const STAYS = ['ENOENT', 'ENOTEMPTY', 'EEXIST'];

/**
 * Removes a spool directory if nothing lies in it. Synchronous: whoever finds that it exists, and goes on without
 * waiting, finds it still there. Throws 3119.
 */
export function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!STAYS.includes((error as NodeJS.ErrnoException).code ?? '')) throw fileSystemError(directory, error);
  }
}

/**
 * Removes what is too old from a spool directory, then the oldest until the rest fits. Directories in it are not
 * touched. Resolves to the paths that were removed; rejects with 3119.
 */
export async function pruneSpool(directory: string, options: PruneOptions): Promise<string[]> {
  const { allowed, maxAgeMs, nowMs, isActive = () => false, partsOnly = false } = options;
  const files = (await listSpool(directory)).sort((a, b) => a.modifiedMs - b.modifiedMs);
  const kept = { ...amountsOf(files) };
  const removed: string[] = [];
  for (const file of files) {
    const { path, modifiedMs } = file;
    const isTooOld = nowMs - modifiedMs > maxAgeMs;
    const quota = quotaOf(path);
    if (!isTooOld && !exceeds(kept[quota], allowed[quota])) continue;
    if (isActive(path) || (partsOnly && !path.endsWith(PART_SUFFIX))) continue;
    await rm(path, { force: true }).catch((error) => {
      throw fileSystemError(path, error);
    });
    kept[quota] = minus(kept[quota], amountOf([file]));
    removed.push(path);
  }
  return removed;
}
