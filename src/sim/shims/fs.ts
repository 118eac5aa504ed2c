import * as fs from 'node:fs';
import { contentOf } from '../disk.ts';
import { files, isSimulated } from '../file-system.ts';
import { entryOf, statsOf } from './stats.ts';

/** `node:fs` as the nodes of a simulated world find it. What is not here fails when it is called. */

type Path = string | URL;
type Encoding = BufferEncoding | { encoding?: BufferEncoding | null } | null | undefined;

const textOf = (path: Path) => (typeof path === 'string' ? path : path.pathname);
const encodingOf = (how: Encoding) => (typeof how === 'string' ? how : how?.encoding) ?? null;

export const constants = fs.constants;

export function readFileSync(path: Path | number, how?: Encoding): Buffer | string {
  // The program's own files: its version.
  if (typeof path !== 'number' && !isSimulated(textOf(path))) return fs.readFileSync(path, how as never);
  const inode =
    typeof path === 'number' ? files.opened(path, 'read').inode : files.find(textOf(path), 'open');
  if (inode.names !== null) {
    const error: NodeJS.ErrnoException = new Error('EISDIR: illegal operation on a directory, read');
    throw Object.assign(error, { code: 'EISDIR' });
  }
  const bytes = Buffer.from(contentOf(inode));
  const encoding = encodingOf(how);
  return encoding === null ? bytes : bytes.toString(encoding);
}

export function writeFileSync(
  path: string | number,
  content: string | Uint8Array,
  { mode = 0o666, flag = 'w' }: { mode?: number; flag?: string } = {},
): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const file = typeof path === 'number' ? path : files.open(path, flag, mode);
  try {
    if (bytes.length > 0) files.write(file, bytes, null);
  } finally {
    if (typeof path !== 'number') files.close(file);
  }
}

export const openSync = (path: string, flags: string | number = 'r', mode = 0o666): number =>
  files.open(path, flags, mode);
export const closeSync = (file: number): void => files.close(file);
export const fsyncSync = (file: number): void => files.sync(file);

export const readSync = (
  file: number,
  into: Uint8Array,
  offset = 0,
  length = into.length - offset,
  position: number | bigint | null = null,
): number => files.read(file, into, offset, length, position === null ? null : Number(position));

export const writeSync = (
  file: number,
  bytes: Uint8Array | string,
  offset = 0,
  length?: number,
  position: number | null = null,
): number => {
  const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  return files.write(
    file,
    all.subarray(offset, length === undefined ? undefined : offset + length),
    position,
  );
};

export function ftruncateSync(file: number, sizeBytes = 0): void {
  const { inode } = files.opened(file, 'ftruncate');
  inode.disk.step();
  inode.disk.truncate(inode, sizeBytes);
}

interface StatOptions {
  bigint?: boolean;
  throwIfNoEntry?: boolean;
}

export function lstatSync(path: string, { bigint = false, throwIfNoEntry = true }: StatOptions = {}) {
  const inode = throwIfNoEntry ? files.find(path, 'lstat') : files.findOrNull(path);
  return inode === null ? undefined : statsOf(inode, bigint);
}
export const statSync = lstatSync;
export const fstatSync = (file: number, { bigint = false }: StatOptions = {}) =>
  statsOf(files.opened(file, 'fstat').inode, bigint);
export const existsSync = (path: string): boolean => files.findOrNull(path) !== null;
export const accessSync = (path: string): void => void files.find(path, 'access');

/** In bytes. */
export function statfsSync(path: string): { bavail: number; bsize: number } {
  const { capacityBytes, usedBytes } = files.find(path, 'statfs').disk;
  return { bavail: Math.min(Math.max(capacityBytes - usedBytes, 0), Number.MAX_SAFE_INTEGER), bsize: 1 };
}

export function readdirSync(path: string, { withFileTypes = false }: { withFileTypes?: boolean } = {}) {
  const found = files.list(path);
  return withFileTypes
    ? found.map(([name, inode]) => entryOf(path, name, inode))
    : found.map(([name]) => name);
}

export const renameSync = (from: string, to: string): void => files.rename(from, to);
export const linkSync = (from: string, to: string): void => files.link(from, to);
export const unlinkSync = (path: string): void => files.unlink(path);
export const rmdirSync = (path: string): void => files.rmdir(path);
export const rmSync = (path: string, options: { recursive?: boolean; force?: boolean } = {}): void =>
  files.remove(path, options);

export const mkdirSync = (
  path: string,
  options: { mode?: number; recursive?: boolean } | number = {},
): void => {
  const { mode = 0o777, recursive = false } = typeof options === 'number' ? { mode: options } : options;
  files.mkdir(path, mode, recursive);
};

export function chmodSync(path: string, mode: number): void {
  const inode = files.find(path, 'chmod');
  inode.disk.step();
  inode.disk.chmod(inode, mode);
}
export const fchmodSync = (file: number, mode: number): void => {
  const { inode } = files.opened(file, 'fchmod');
  inode.disk.chmod(inode, mode);
};

export function copyFileSync(from: string, to: string): void {
  const { bytes, sizeBytes, mode } = files.find(from, 'copyfile');
  writeFileSync(to, bytes.subarray(0, sizeBytes), { mode });
}

const refused = (name: string) => (): never => {
  throw new Error(`fs.${name} is not simulated`);
};
export const createReadStream = refused('createReadStream');
export const createWriteStream = refused('createWriteStream');
export const fchownSync = refused('fchownSync');
export const mkdtempSync = refused('mkdtempSync');
export const watch = refused('watch');
