import * as fs from 'node:fs';
import { digestOfFile, type FileDigest, stateOfFile } from './digest.ts';

/** What stands at a path. */
export interface Found {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly size: number;
  /** Permissions. */
  readonly mode: number;
  /** Which file it is: two names of one file have the same. */
  readonly dev: number;
  readonly ino: number;
}

/**
 * The file system as the applying of a sync uses it, synchronous because it runs in a thread of its own. Tests hand in
 * one that fails or dies at its k-th call. Every method throws what the operating system says.
 */
export interface SyncFileSystem {
  /** Null if there is nothing. Does not follow a link. */
  lstat(path: string): Found | null;
  /** Names in a directory. */
  list(directory: string): string[];
  read(path: string): Uint8Array;
  /** Digest of a whole file, whatever its size; no link is followed. */
  digest(path: string): FileDigest;
  /** What `digest` tells of the state of a file, without reading it. */
  state(path: string): string;
  /** Throws unless files can be made, replaced and removed in the directory. */
  checkWritable(directory: string): void;
  /**
   * Creates a file, and tells what it is: the umask may have taken something from its mode. Throws EEXIST if there is
   * something.
   */
  create(path: string, bytes: Uint8Array, mode: number): Found;
  /** Creates a file that is written piece by piece: its descriptor. Throws EEXIST if there is something. */
  begin(path: string, mode: number): number;
  append(file: number, piece: Uint8Array): void;
  /** Closes it, and tells what it is. */
  end(file: number): Found;
  /** Creates or replaces, and returns when the bytes are on the disk. */
  writeDurably(path: string, bytes: Uint8Array, mode: number): void;
  /** Creates or replaces. */
  copy(from: string, to: string): void;
  /** A second name for a file, or for a link itself. Throws EEXIST if there is something. */
  link(from: string, to: string): void;
  rename(from: string, to: string): void;
  chmod(path: string, mode: number): void;
  /** Throws EEXIST if there is something. */
  mkdir(path: string, mode: number): void;
  /** Removes a directory that is empty. */
  rmdir(path: string): void;
  /** Removes a file, or a link itself; never a directory. Nothing happens if there is none. */
  unlink(path: string): void;
  /** A file, or a directory with everything in it; nothing happens if there is none. Links are not followed. */
  removeTree(path: string): void;
  /** Returns when the names in a directory are on the disk. */
  syncDirectory(directory: string): void;
}

/** The real one. */
export const realFileSystem: SyncFileSystem = {
  lstat(path) {
    const stats = fs.lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? null : foundBy(stats);
  },
  list: (directory) => fs.readdirSync(directory),
  read: (path) => fs.readFileSync(path),
  digest: digestOfFile,
  state: stateOfFile,
  checkWritable: (directory) => fs.accessSync(directory, fs.constants.W_OK | fs.constants.X_OK),
  create(path, bytes, mode) {
    const file = fs.openSync(path, 'wx', mode);
    try {
      writeAll(file, bytes);
      return foundBy(fs.fstatSync(file));
    } finally {
      fs.closeSync(file);
    }
  },
  begin: (path, mode) => fs.openSync(path, 'wx', mode),
  append: writeAll,
  end(file) {
    try {
      return foundBy(fs.fstatSync(file));
    } finally {
      fs.closeSync(file);
    }
  },
  writeDurably(path, bytes, mode) {
    const file = fs.openSync(path, 'w', mode);
    try {
      fs.writeFileSync(file, bytes);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  },
  copy: (from, to) => fs.copyFileSync(from, to, fs.constants.COPYFILE_FICLONE),
  link: (from, to) => fs.linkSync(from, to),
  rename: (from, to) => fs.renameSync(from, to),
  chmod: (path, mode) => fs.chmodSync(path, mode),
  mkdir: (path, mode) => fs.mkdirSync(path, { mode }),
  rmdir: (path) => fs.rmdirSync(path),
  unlink(path) {
    try {
      fs.unlinkSync(path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  },
  removeTree: (path) => fs.rmSync(path, { recursive: true, force: true }),
  syncDirectory(directory) {
    const handle = fs.openSync(directory, 'r');
    try {
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
  },
};

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at);
}

const PERMISSIONS = 0o7777;

function foundBy(stats: fs.Stats): Found {
  const { size, dev, ino, mode } = stats;
  return {
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    size,
    mode: mode & PERMISSIONS,
    dev,
    ino,
  };
}

/** What a scan asks of the file system. */
export interface ReadFileSystem {
  entries(directory: string): fs.Dirent[];
  /** Null if there is nothing. Does not follow a link. */
  lstat(path: string): fs.BigIntStats | null;
  /** Opens a plain file to read; see `OPEN_TO_READ`. */
  open(path: string): number;
  fstat(file: number): fs.BigIntStats;
}

/** The code of an error of the operating system: `ENOENT`; undefined for any other error. */
export function errorCode(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
}

/** `ENOSPC: no space left on device`, and the path where the error does not name it. */
export function systemMessage(path: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.includes(path) ? text : `${path}: ${text}`;
}
