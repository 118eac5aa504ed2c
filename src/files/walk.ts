import { type Dirent, fstatSync, lstatSync, openSync, readdirSync } from 'node:fs';
import type { FileItem, FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { OPEN_TO_READ } from './digest.ts';
import { type FileIdentity, identityOf } from './identity.ts';
import { MAX_PATH_BYTES } from './limits.ts';
import { innermostFirst, isSafeName, isTooDeep, isWanted, TOO_DEEP } from './paths.ts';
import { errorCode, type ReadFileSystem, systemMessage } from './ports.ts';

/** A file that is left out of the set, and why. */
export interface Problem {
  path: string;
  message: string;
  /** It is there, and this process may not look: a file, or a directory with everything in it. */
  isUnreadable?: true;
}

export const realReadFileSystem: ReadFileSystem = {
  entries: (directory) => readdirSync(directory, { withFileTypes: true }),
  lstat: (path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null,
  open: (path) => openSync(path, OPEN_TO_READ),
  fstat: (file) => fstatSync(file, { bigint: true }),
};

/** Errors that say something of one file or directory. Any other (EMFILE, EIO) says that this is no time to look. */
const LOCAL_ERRORS = new Set(['EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG']);
const GONE = new Set(['ENOENT', 'ENOTDIR']);

/** Why a file cannot be read. */
export interface Refusal {
  /** Null if it is simply gone. */
  readonly problem: string | null;
  /** False if the error may be that of any other file as well. */
  readonly isOfFile: boolean;
}

export function refusalOf(error: unknown): Refusal {
  const code = errorCode(error) ?? '';
  const { message } = error as Error;
  if (GONE.has(code)) return { problem: null, isOfFile: true };
  // O_NOFOLLOW: a link took the place of the file.
  if (code === 'ELOOP') return { problem: NOT_PLAIN, isOfFile: true };
  if (LOCAL_ERRORS.has(code)) return { problem: message, isOfFile: true };
  return { problem: message, isOfFile: false };
}

/** Why one file cannot be read; null if it is simply gone. Throws 3119 if the error is not about this file. */
export function problemOf(path: string, error: unknown): string | null {
  const { problem, isOfFile } = refusalOf(error);
  if (isOfFile) return problem;
  throw new MusterError(3119, systemMessage(path, error), { cause: error });
}

export const NOT_PLAIN = 'only plain files are synchronised, links are not followed';
const NOT_PORTABLE =
  'other nodes cannot be given this name (no UTF-8, too long, or with a character that is not allowed): rename it';

/** Too long for this file system, whoever asks: no matter of permission, and so nothing that might still be there. */
const isTooLong = (error: unknown) => errorCode(error) === 'ENAMETOOLONG';

/** Told of every file of the set. */
export type Visit = (path: string, item: FileItem, identity: FileIdentity) => void;

/**
 * Looks at every file of the configured directories, and reads none. No link is followed, neither to a directory nor to
 * a file. Returns what had to be left out. Throws 3119 if the file system fails in a way that would make files look
 * deleted that are not.
 */
export function walk(home: string, config: FilesConfig, visit: Visit, fs: ReadFileSystem): Problem[] {
  const walker = new Walker(home, config, visit, fs);
  for (const item of innermostFirst(config)) walker.item(item);
  return walker.problems;
}

class Walker {
  readonly problems: Problem[] = [];
  readonly #home: string;
  readonly #config: FilesConfig;
  readonly #visit: Visit;
  readonly #fs: ReadFileSystem;
  /** Only where items overlap a file could be met twice. */
  readonly #met: Set<string> | null;

  constructor(home: string, config: FilesConfig, visit: Visit, fs: ReadFileSystem) {
    this.#home = home;
    this.#config = config;
    this.#visit = visit;
    this.#fs = fs;
    this.#met = overlap(config) ? new Set() : null;
  }

  item(item: FileItem): void {
    const names = item.key.split('/').slice(0, -1);
    for (let i = 1; i <= names.length; i += 1) {
      const directory = names.slice(0, i).join('/');
      const stats = this.#lstat(directory);
      if (stats === null) return; // a directory that does not exist has no files
      if (!stats.isDirectory()) {
        this.#leaveOut(directory, 'it is no directory, links are not followed');
        return;
      }
    }
    this.#directory(item.key, item, 0);
  }

  #directory(directory: string, item: FileItem, level: number): void {
    if (isTooDeep(level) || Buffer.byteLength(directory) > MAX_PATH_BYTES) {
      this.#leaveOut(directory, isTooDeep(level) ? TOO_DEEP : 'its path is too long');
      return;
    }
    for (const entry of this.#entries(directory)) {
      const path = `${directory}${entry.name}`;
      const mayBeDirectory = entry.isDirectory() || isUntyped(entry);
      if (mayBeDirectory && item.recursive && this.#isDirectory(path, entry)) {
        if (isSafeName(entry.name)) this.#directory(`${path}/`, item, level + 1);
        else this.#leaveOut(path, NOT_PORTABLE);
      } else if (!entry.isDirectory() && isWanted(entry.name, item, this.#config)) {
        this.#file(path, entry, item);
      }
    }
  }

  #file(path: string, entry: Dirent, item: FileItem): void {
    if (this.#met?.has(path)) return;
    if (!isSafeName(entry.name) || Buffer.byteLength(path) > MAX_PATH_BYTES) {
      this.#leaveOut(path, NOT_PORTABLE);
      return;
    }
    const stats = entry.isFile() || isUntyped(entry) ? this.#lstat(path) : undefined;
    if (stats === null || stats?.isDirectory()) return; // it went while we looked
    if (stats?.isFile()) {
      this.#met?.add(path);
      this.#visit(path, item, identityOf(stats));
    } else this.#leaveOut(path, NOT_PLAIN);
  }

  #isDirectory(path: string, entry: Dirent): boolean {
    return entry.isDirectory() || this.#lstat(path)?.isDirectory() === true;
  }

  #entries(directory: string): Dirent[] {
    try {
      return this.#fs.entries(`${this.#home}/${directory}`);
    } catch (error) {
      this.#refused(directory, error);
      return [];
    }
  }

  #lstat(path: string) {
    try {
      return this.#fs.lstat(`${this.#home}/${path}`);
    } catch (error) {
      this.#refused(path, error);
      return null;
    }
  }

  #refused(path: string, error: unknown): void {
    const message = problemOf(path, error);
    if (message === null) return;
    if (isTooLong(error)) this.#leaveOut(path, message);
    else this.problems.push({ path, message, isUnreadable: true });
  }

  #leaveOut(path: string, message: string): void {
    this.problems.push({ path, message });
  }
}

/** Some file systems do not tell what an entry is. */
function isUntyped(entry: Dirent): boolean {
  return !(
    entry.isFile() ||
    entry.isDirectory() ||
    entry.isSymbolicLink() ||
    entry.isFIFO() ||
    entry.isSocket() ||
    entry.isCharacterDevice() ||
    entry.isBlockDevice()
  );
}

/** Whether a file may belong to two items. */
function overlap({ items }: FilesConfig): boolean {
  return items.some((outer) =>
    items.some((inner) => inner !== outer && outer.recursive && inner.key.startsWith(outer.key)),
  );
}
