import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileSystemError } from '../config/system-words.ts';
import { identityOf, sameIdentity } from '../files/identity.ts';
import { isSafePath, TEMPORARY_PREFIX, TEMPORARY_SUFFIX, unsafe } from '../files/paths.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_FILES } from '../protocol/limits.ts';
import { fileText } from './file-text.ts';
import { KnownSums } from './known-sums.ts';
import { MAX_CONTENT_BYTES } from './limits.ts';

/** A file below a home, as lists tell it. */
export interface ListedFile {
  /** Below the directory that was listed. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

const sums = new KnownSums();

/**
 * Files below a home that methods read and write. A path is refused, never repaired (3114): one that is not plain, and one
 * that leads over a symbolic link. What the system refuses is 3119; a file that is not there 1906; one above 10 MiB 3113.
 */
export class HomeFiles {
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
  }

  /** The text of a file. Rejects with 3303 for one that is no UTF-8. */
  async read(path: string): Promise<string> {
    const file = await this.#open(path);
    try {
      const { size } = await file.stat();
      checkSize(path, size);
      const bytes = Buffer.alloc(size);
      let length = 0;
      while (length < size) {
        const { bytesRead } = await file.read(bytes, length, size - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return fileText(path, bytes.subarray(0, length));
    } catch (error) {
      throw named(path, error);
    } finally {
      await file.close();
    }
  }

  /** MD5 of a file, as agents compare it; null if there is none. It is read again only if it has changed. */
  async md5(path: string): Promise<string | null> {
    let file: FileHandle;
    try {
      file = await this.#open(path);
    } catch (error) {
      if (error instanceof MusterError && error.code === 1906) return null;
      throw error;
    }
    try {
      const target = join(this.#home, path);
      const identity = identityOf(await file.stat({ bigint: true }));
      const known = sums.of(target, identity);
      if (known !== null) return known;
      const hash = createHash('md5');
      for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk);
      const sum = hash.digest('hex');
      // Of one that was written meanwhile nobody knows what was read.
      const isSame = sameIdentity(identity, identityOf(await file.stat({ bigint: true })));
      if (isSame) sums.keep(target, { identity, sum });
      return sum;
    } catch (error) {
      throw named(path, error);
    } finally {
      await file.close();
    }
  }

  /**
   * Writes a file, whole or not at all: whoever dies or finds the disk full leaves the old one. What root writes belongs to
   * the owner of the directory. Rejects with 1905 for a file that is there and may not be replaced.
   */
  async write(path: string, content: string, options: { mode: number; mayReplace: boolean }): Promise<void> {
    const bytes = Buffer.from(content);
    checkSize(path, bytes.length);
    const target = await this.#resolve(path);
    const present = await lstatOrNull(path, target);
    if (present !== null && !present.isFile()) throw unsafe(path, 'it is no file');
    if (present !== null && !options.mayReplace) throw new MusterError(1905, path);
    // Beside the file, under a name that no sync takes.
    const temporary = join(dirname(target), `${TEMPORARY_PREFIX}${randomUUID()}${TEMPORARY_SUFFIX}`);
    try {
      await writeDurably(temporary, bytes, options.mode);
      if (options.mayReplace) await rename(temporary, target);
      else await takeName(temporary, target, path);
      await syncDirectory(dirname(target));
    } catch (error) {
      await rm(temporary, { force: true });
      throw named(path, error);
    }
  }

  async delete(path: string): Promise<void> {
    const target = await this.#resolve(path);
    const present = await lstatOrNull(path, target);
    if (present === null) throw new MusterError(1906, path);
    if (!present.isFile()) throw unsafe(path, 'it is no file');
    try {
      await rm(target);
    } catch (error) {
      throw named(path, error);
    }
  }

  /** All files below a directory, by name; links are none. Rejects with 3113 for more than a set may have, 3120 when nobody waits any more. */
  async list(directory: string, signal: AbortSignal): Promise<ListedFile[]> {
    const root = await this.#resolveDirectory(directory);
    const files: ListedFile[] = [];
    const open = [''];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const entry of await entriesIn(directory, join(root, at))) {
        const name = `${at}${entry.name}`;
        if (entry.isDirectory()) open.push(`${name}/`);
        if (!entry.isFile()) continue;
        if (signal.aborted) throw new MusterError(3120, directory);
        if (files.length >= MAX_FILES)
          throw new MusterError(3113, `${directory}: more than ${MAX_FILES} files`);
        const found = await lstatOrNull(`${directory}/${name}`, join(root, name));
        // It may have gone meanwhile.
        if (found?.isFile()) files.push({ name, sizeBytes: found.size, modifiedMs: found.mtimeMs });
      }
    }
    return files.sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  async #open(path: string): Promise<FileHandle> {
    const target = await this.#resolve(path);
    // A link or a pipe that stands there is looked at before it is opened, and not followed or waited for after.
    const present = await lstatOrNull(path, target);
    if (present === null) throw new MusterError(1906, path);
    if (!present.isFile()) throw unsafe(path, 'it is no file');
    try {
      return await open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      throw named(path, error);
    }
  }

  /** Where a file lies, whose directory is reached without a link. */
  async #resolve(path: string): Promise<string> {
    if (!isSafePath(path)) throw unsafe(path, 'it is not a plain relative path');
    return join(await this.#resolveDirectory(dirname(path)), path.slice(path.lastIndexOf('/') + 1));
  }

  async #resolveDirectory(directory: string): Promise<string> {
    if (!isSafePath(directory)) throw unsafe(directory, 'it is not a plain relative path');
    try {
      const wanted = join(await realpath(this.#home), directory);
      const real = await realpath(wanted);
      if (real !== wanted) throw unsafe(directory, 'a symbolic link stands on the way');
      return real;
    } catch (error) {
      throw named(directory, error);
    }
  }
}

function named(path: string, error: unknown): MusterError {
  if (error instanceof MusterError) return error;
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return isMissing ? new MusterError(1906, path, { cause: error }) : fileSystemError(path, error);
}

async function lstatOrNull(path: string, target: string) {
  try {
    return await lstat(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileSystemError(path, error);
  }
}

async function entriesIn(directory: string, path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    throw named(directory, error);
  }
}

async function writeDurably(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    if (process.getuid?.() === 0) {
      const { uid, gid } = await stat(dirname(path));
      await file.chown(uid, gid);
    }
    await file.chmod(mode);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The new name is on disk, too. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function checkSize(path: string, sizeBytes: number): void {
  if (sizeBytes <= MAX_CONTENT_BYTES) return;
  throw new MusterError(3113, `${path}: ${sizeBytes} bytes, at most ${MAX_CONTENT_BYTES} are allowed`);
}

/** Gives a file its name where nothing has it by now: of many who write at once, one does. Rejects with 1905. */
async function takeName(temporary: string, target: string, path: string): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new MusterError(1905, path, { cause: error });
    throw error;
  }
  await rm(temporary);
}
