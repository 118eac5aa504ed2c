import { basename, join } from 'node:path';
import { MAX_MERGED_BYTES } from './limits.ts';
import { mergedFields, parseMerged } from './merged.ts';
import { TEMPORARY_PREFIX, TEMPORARY_SUFFIX } from './paths.ts';
import type { SyncFileSystem } from './ports.ts';

/** Where parts of merged files go, a directory for each type. */
const QUEUE = 'queue';
const DIRECTORY_MODE = 0o770;
const PART_MODE = 0o660;

/**
 * Writes the parts of a merged file into `queue/<merge type>/`, each under its own name, each replaced as a whole; a
 * plain file has none. All parts are checked before the first is written. Throws 3113 to 3115.
 */
export function splitMerged(fs: SyncFileSystem, home: string, path: string, content: string): void {
  const { merge_type: type } = mergedFields(path);
  if (type === undefined) return;
  const size = fs.lstat(content)?.size ?? 0;
  if (size > MAX_MERGED_BYTES) throw new Error(`${basename(path)} has ${size} bytes, too many to take apart`);
  const parts = parseMerged(fs.read(content));
  const directory = join(home, QUEUE, type);
  makePlainDirectory(fs, join(home, QUEUE));
  makePlainDirectory(fs, directory);
  for (const part of parts) {
    const temporary = join(directory, `${TEMPORARY_PREFIX}merged${TEMPORARY_SUFFIX}`);
    fs.unlink(temporary);
    fs.create(temporary, part.content, PART_MODE);
    fs.chmod(temporary, PART_MODE);
    fs.rename(temporary, join(directory, part.name));
  }
}

/** Throws if there is anything but a directory: no link is followed. */
function makePlainDirectory(fs: SyncFileSystem, path: string): void {
  const found = fs.lstat(path);
  if (found?.isDirectory === true) return;
  if (found !== null) throw new Error(`${path} is no directory, and links are not followed`);
  fs.mkdir(path, DIRECTORY_MODE);
  fs.chmod(path, DIRECTORY_MODE);
}
