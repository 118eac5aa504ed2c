import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { systemWords } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';

/** Beside the file, with an ending that no sync takes. */
const SUFFIX = '.tmp';

/**
 * Puts new content in the place of a file, whole or not at all: whoever dies or finds the disk full leaves the old file.
 * What root writes belongs to the owner of the old file, or of the directory. For one writer at a time. Throws 3119.
 */
export function replaceFile(path: string, content: Uint8Array, mode: number): void {
  const temporary = `${path}${SUFFIX}`;
  try {
    rmSync(temporary, { force: true }); // of a writer that died
    const owner = statSync(path, { throwIfNoEntry: false }) ?? statSync(dirname(path));
    writeDurably(temporary, content, { mode, owner });
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    removeIfPossible(temporary);
    // It is the directory that has to allow it, whatever the permissions of the file are.
    const words = `${path}: a new one could not be written beside it: ${systemWords(error)}`;
    throw new MusterError(3119, words, { cause: error });
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It is told why the file was not written; whoever writes it next begins with removing this.
  }
}

function writeDurably(
  path: string,
  content: Uint8Array,
  { mode, owner }: { mode: number; owner: { uid: number; gid: number } },
): void {
  const file = openSync(path, 'wx', mode);
  try {
    if (process.getuid?.() === 0) fchownSync(file, owner.uid, owner.gid);
    fchmodSync(file, mode);
    for (let at = 0; at < content.length; ) at += writeSync(file, content, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The new name is on disk, too. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
