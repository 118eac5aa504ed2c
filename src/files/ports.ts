import * as fs from 'node:fs';

/**
 * The file system as the applying of a sync uses it, synchronous because it runs in a thread of its own. Tests hand in
 * one that fails or dies at its k-th call.
 */
export interface SyncFileSystem {
  /** Null if there is nothing. Does not follow a link. */
  lstat(path: string): { isFile: boolean; isDirectory: boolean; size: number } | null;
  list(directory: string): string[];
  read(path: string): Uint8Array;
  /** Creates or replaces, and returns when the bytes are on the disk. */
  writeDurably(path: string, bytes: Uint8Array, mode: number): void;
  write(path: string, bytes: Uint8Array, mode: number): void;
  copy(from: string, to: string): void;
  rename(from: string, to: string): void;
  chmod(path: string, mode: number): void;
  mkdir(path: string, mode: number): void;
  /** A file or a directory with everything in it; nothing happens if there is none. */
  remove(path: string): void;
  /** Returns when the names in a directory are on the disk. */
  syncDirectory(directory: string): void;
}

/** The real one. */
export const realFileSystem: SyncFileSystem = {
  lstat(path) {
    const stats = fs.lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined
      ? null
      : { isFile: stats.isFile(), isDirectory: stats.isDirectory(), size: stats.size };
  },
  list: (directory) => fs.readdirSync(directory),
  read: (path) => fs.readFileSync(path),
  writeDurably(path, bytes, mode) {
    const file = fs.openSync(path, 'w', mode);
    try {
      fs.writeFileSync(file, bytes);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  },
  write: (path, bytes, mode) => fs.writeFileSync(path, bytes, { mode }),
  copy: (from, to) => fs.copyFileSync(from, to),
  rename: (from, to) => fs.renameSync(from, to),
  chmod: (path, mode) => fs.chmodSync(path, mode),
  mkdir: (path, mode) => fs.mkdirSync(path, { mode }),
  remove: (path) => fs.rmSync(path, { recursive: true, force: true }),
  syncDirectory(directory) {
    const handle = fs.openSync(directory, 'r');
    try {
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
  },
};
