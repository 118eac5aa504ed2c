import { constants } from 'node:fs';
import { contentOf, type Disk, type Inode, systemError } from './disk.ts';
import { world } from './world.ts';

/** Where the homes of the nodes lie: `/sim/worker1`. */
export const MOUNT = '/sim';

const { O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = constants;
const FLAGS: Readonly<Record<string, number>> = {
  r: 0,
  'r+': O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
};

const FIRST_FILE = 100;

interface OpenFile {
  readonly inode: Inode;
  readonly flags: number;
  readonly path: string;
  position: number;
}

/** What a name is found to be: its directory, its last part, and what stands there. */
interface Place {
  readonly disk: Disk;
  readonly directory: Inode;
  readonly name: string;
  readonly inode: Inode | undefined;
}

export const isSimulated = (path: string): boolean => path === MOUNT || path.startsWith(`${MOUNT}/`);

/** Paths of which the parts are known; nodes name the same ones over and over. */
const MAX_KNOWN_PATHS = 4_096;
const knownParts = new Map<string, readonly string[]>();

function partsOf(path: string): readonly string[] {
  const known = knownParts.get(path);
  if (known !== undefined) return known;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (knownParts.size >= MAX_KNOWN_PATHS) knownParts.clear();
  knownParts.set(path, parts);
  return parts;
}

const diskOf = (parts: readonly string[]) =>
  parts[0] === MOUNT.slice(1) ? world().disks.get(parts[1] ?? '') : undefined;

/** Where this path leads, or why nowhere. */
function lookUp(path: string): Place | 'ENOENT' | 'ENOTDIR' {
  const parts = partsOf(path);
  const disk = diskOf(parts);
  if (disk === undefined) return 'ENOENT';
  const last = parts.length - 1;
  if (last < 2) return { disk, directory: disk.root, name: '.', inode: disk.root };
  let directory = disk.root;
  for (let at = 2; at < last; at += 1) {
    const next = directory.names?.get(parts[at] as string);
    if (next === undefined) return 'ENOENT';
    if (next.names === null) return 'ENOTDIR';
    directory = next;
  }
  const name = parts[last] as string;
  return { disk, directory, name, inode: directory.names?.get(name) };
}

/** The calls of a file system over the disks of a world. Links by name there are none. */
export class FileSystem {
  readonly #open = new Map<number, OpenFile>();
  #lastFile = FIRST_FILE;

  /** Throws ENOENT, ENOTDIR where the way to it is none. */
  place(path: string, call: string): Place {
    const found = lookUp(path);
    if (typeof found === 'string') throw systemError(found, call, path);
    return found;
  }

  find(path: string, call: string): Inode {
    const { inode } = this.place(path, call);
    if (inode === undefined) throw systemError('ENOENT', call, path);
    return inode;
  }

  findOrNull(path: string): Inode | null {
    const found = lookUp(path);
    return typeof found === 'string' ? null : (found.inode ?? null);
  }

  /** What stands at this path, or null; tells of everything on the way there, as far as it goes. */
  follow(path: string, passed: (inode: Inode) => void): Inode | null {
    const [, , ...parts] = partsOf(path);
    let inode = diskOf(partsOf(path))?.root;
    for (const part of parts) {
      if (inode === undefined) return null;
      passed(inode);
      inode = inode.names?.get(part);
    }
    if (inode === undefined) return null;
    passed(inode);
    return inode;
  }

  open(path: string, how: string | number = 'r', mode = 0o666): number {
    const flags = typeof how === 'number' ? how : (FLAGS[how] ?? 0);
    const { disk, directory, name, inode } = this.place(path, 'open');
    if (inode !== undefined && (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0)
      throw systemError('EEXIST', 'open', path);
    if (inode === undefined && (flags & O_CREAT) === 0) throw systemError('ENOENT', 'open', path);
    const writes = (flags & (O_WRONLY | O_RDWR)) !== 0;
    if (inode?.names && writes) throw systemError('EISDIR', 'open', path);
    let file = inode;
    if (file === undefined) {
      disk.step();
      if (disk.usedBytes >= disk.capacityBytes) throw systemError('ENOSPC', 'open', path);
      file = disk.inode(false, mode & ~0o022);
      disk.name({ directory, name, inode: file });
    } else if ((flags & O_TRUNC) !== 0 && file.sizeBytes > 0) {
      disk.step();
      disk.truncate(file, 0);
    }
    this.#lastFile += 1;
    this.#open.set(this.#lastFile, { inode: file, flags, path, position: 0 });
    return this.#lastFile;
  }

  opened(file: number, call: string): OpenFile {
    const found = this.#open.get(file);
    if (found === undefined) throw systemError('EBADF', call, String(file));
    return found;
  }

  /** What nobody closed when its world ended holds that world, with all its disks. */
  closeAll(): void {
    this.#open.clear();
    this.#lastFile = FIRST_FILE;
  }

  close(file: number): void {
    this.opened(file, 'close');
    this.#open.delete(file);
  }

  read(file: number, into: Uint8Array, offset: number, length: number, position: number | null): number {
    const opened = this.opened(file, 'read');
    if (opened.inode.names !== null) throw systemError('EISDIR', 'read', opened.path);
    const from = position ?? opened.position;
    const bytes = contentOf(opened.inode).subarray(from, from + length);
    into.set(bytes, offset);
    if (position === null) opened.position += bytes.length;
    return bytes.length;
  }

  write(file: number, bytes: Uint8Array, position: number | null): number {
    const opened = this.opened(file, 'write');
    const { inode } = opened;
    if ((opened.flags & (O_WRONLY | O_RDWR)) === 0) throw systemError('EBADF', 'write', opened.path);
    inode.disk.step();
    const at = (opened.flags & O_APPEND) !== 0 ? inode.sizeBytes : (position ?? opened.position);
    try {
      inode.disk.write(inode, bytes, at);
    } catch (error) {
      throw systemError((error as NodeJS.ErrnoException).code ?? 'EIO', 'write', opened.path);
    }
    if (position === null) opened.position = at + bytes.length;
    return bytes.length;
  }

  rename(from: string, to: string): void {
    const source = this.place(from, 'rename');
    const target = this.place(to, 'rename');
    const { disk, inode } = source;
    if (inode === undefined) throw systemError('ENOENT', 'rename', `${from}' -> '${to}`);
    if (target.inode === inode) return;
    if (inode.names !== null && `${to}/`.startsWith(`${from}/`))
      throw systemError('EINVAL', 'rename', `${from}' -> '${to}`);
    const stands = target.inode;
    if (stands?.names && inode.names === null) throw systemError('EISDIR', 'rename', `${from}' -> '${to}`);
    if (stands && !stands.names && inode.names) throw systemError('ENOTDIR', 'rename', `${from}' -> '${to}`);
    if (stands?.names && stands.names.size > 0)
      throw systemError('ENOTEMPTY', 'rename', `${from}' -> '${to}`);
    disk.step();
    if (disk.failingRenames.left > 0) {
      disk.failingRenames.left -= 1;
      throw systemError(disk.failingRenames.code, 'rename', `${from}' -> '${to}`);
    }
    disk.name(
      { directory: source.directory, name: source.name, inode: undefined },
      { directory: target.directory, name: target.name, inode },
    );
  }

  link(from: string, to: string): void {
    const inode = this.find(from, 'link');
    const { disk, directory, name, inode: stands } = this.place(to, 'link');
    if (stands !== undefined) throw systemError('EEXIST', 'link', `${from}' -> '${to}`);
    disk.step();
    disk.name({ directory, name, inode });
  }

  unlink(path: string): void {
    const { disk, directory, name, inode } = this.place(path, 'unlink');
    if (inode === undefined) throw systemError('ENOENT', 'unlink', path);
    if (inode.names !== null) throw systemError('EISDIR', 'unlink', path);
    disk.step();
    disk.name({ directory, name, inode: undefined });
  }

  mkdir(path: string, mode: number, isRecursive: boolean): void {
    const parts = path.split('/');
    if (isRecursive && parts.length > 3) {
      const parent = parts.slice(0, -1).join('/');
      const found = this.findOrNull(parent);
      if (found === null) this.mkdir(parent, mode, true);
    }
    const { disk, directory, name, inode } = this.place(path, 'mkdir');
    if (inode !== undefined) {
      if (isRecursive && inode.names !== null) return;
      throw systemError('EEXIST', 'mkdir', path);
    }
    disk.step();
    if (disk.usedBytes >= disk.capacityBytes) throw systemError('ENOSPC', 'mkdir', path);
    disk.name({ directory, name, inode: disk.inode(true, mode) });
  }

  rmdir(path: string): void {
    const { disk, directory, name, inode } = this.place(path, 'rmdir');
    if (inode === undefined) throw systemError('ENOENT', 'rmdir', path);
    if (inode.names === null) throw systemError('ENOTDIR', 'rmdir', path);
    if (inode.names.size > 0) throw systemError('ENOTEMPTY', 'rmdir', path);
    disk.step();
    disk.name({ directory, name, inode: undefined });
  }

  remove(path: string, { recursive = false, force = false } = {}): void {
    const inode = this.findOrNull(path);
    if (inode === null) {
      if (force) return;
      throw systemError('ENOENT', 'rm', path);
    }
    if (inode.names === null) {
      this.unlink(path);
      return;
    }
    if (!recursive) throw systemError('EISDIR', 'rm', path);
    for (const name of [...inode.names.keys()]) this.remove(`${path}/${name}`, { recursive, force });
    this.rmdir(path);
  }

  /** Names in the order in which they were made; nobody may rely on any. */
  list(path: string): [name: string, inode: Inode][] {
    const inode = this.find(path, 'scandir');
    if (inode.names === null) throw systemError('ENOTDIR', 'scandir', path);
    return [...inode.names];
  }

  sync(file: number): void {
    const { inode } = this.opened(file, 'fsync');
    inode.disk.step();
    inode.disk.sync(inode);
  }
}

export const files = new FileSystem();
