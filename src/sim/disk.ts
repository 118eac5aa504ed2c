import type { Random } from '../simulate/random.ts';
import { below } from '../simulate/random.ts';
import { type Life, world } from './world.ts';

/** What stands behind a name: a file, or a directory. */
export interface Inode {
  readonly ino: number;
  readonly disk: Disk;
  mode: number;
  links: number;
  bytes: Buffer;
  sizeBytes: number;
  /** Null for a file. */
  readonly names: Map<string, Inode> | null;
  mtimeNs: bigint;
  ctimeNs: bigint;
  /** What a loss of power leaves of a file that was written since; undefined while all of it is on the disk. */
  synced: Buffer | undefined;
  /** Counts changes of its content, so that nothing that did not change is looked at twice. */
  version: number;
}

/** What a name in a directory is to stand for; undefined: it goes. */
interface Naming {
  readonly directory: Inode;
  readonly name: string;
  readonly inode: Inode | undefined;
}

/** Changes of names that are on the disk as a whole, or not at all, and what takes them back. */
interface Held {
  readonly changes: readonly Naming[];
  readonly before: readonly Naming[];
}

/** Changes of names that the disk holds back; older ones it has written by itself. */
export const MAX_HELD_BACK = 256;
const FILE = 0o100000;
const DIRECTORY = 0o040000;

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EEXIST: 'file already exists',
  ENOTDIR: 'not a directory',
  EISDIR: 'illegal operation on a directory',
  ENOTEMPTY: 'directory not empty',
  ENOSPC: 'no space left on device',
  EIO: 'i/o error',
  EACCES: 'permission denied',
  EBADF: 'bad file descriptor',
  EPERM: 'operation not permitted',
  EINVAL: 'invalid argument',
};

/** An error as the file system gives it. */
export function systemError(code: string, call: string, path: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`${code}: ${WORDS[code] ?? code}, ${call} '${path}'`);
  return Object.assign(error, { code, syscall: call, path });
}

/** The node has died at this step; nothing that it still tries to do happens. */
export class DeadError extends Error {}

/**
 * The disk of one node. What was written is there for every later life of the node; after a loss of power only what was
 * synced is certain, of the rest the disk has written some: names in their order, contents as it pleased.
 */
export class Disk {
  readonly root: Inode;
  capacityBytes = Number.POSITIVE_INFINITY;
  /** It has no more room than that until then. */
  fullUntilMs = 0;
  usedBytes = 0;
  /** Renames that fail, with this error. */
  failingRenames: { left: number; code: string } = { left: 0, code: 'EIO' };
  /** Counts everything that changed. */
  changes = 0;
  #lastIno = 1;
  #held: Held[] = [];
  readonly #unsynced = new Set<Inode>();

  constructor() {
    this.root = this.inode(true, 0o755);
  }

  inode(isDirectory: boolean, mode: number): Inode {
    this.#lastIno += 1;
    const nowNs = BigInt(world().wallMs) * 1_000_000n;
    return {
      ino: this.#lastIno,
      disk: this,
      mode: (isDirectory ? DIRECTORY : FILE) | (mode & 0o7777),
      links: 0,
      bytes: Buffer.alloc(0),
      sizeBytes: 0,
      names: isDirectory ? new Map() : null,
      mtimeNs: nowNs,
      ctimeNs: nowNs,
      synced: undefined,
      version: 0,
    };
  }

  /** It has so much room left, and no more before `untilMs`. */
  fill(freeBytes: number, untilMs: number): void {
    this.capacityBytes = this.usedBytes + freeBytes;
    this.fullUntilMs = Math.max(this.fullUntilMs, untilMs);
  }

  /** It has room again, unless it was filled for longer. */
  empty(nowMs: number): void {
    if (nowMs >= this.fullUntilMs) this.capacityBytes = Number.POSITIVE_INFINITY;
  }

  /** A step that changes the disk: the life that does it may end here. */
  step(life: Life | null = world().life): void {
    if (life === null) return;
    if (!life.isAlive) throw new DeadError(life.node);
    life.diskStepsLeft -= 1;
    if (life.diskStepsLeft > 0) return;
    life.isAlive = false;
    throw new DeadError(life.node);
  }

  /** Changes names, all of these or, after a loss of power, none: file systems with a journal tear no rename. */
  name(...changes: readonly Naming[]): void {
    this.#held.push({ changes, before: changes.map((change) => this.#name(change)) });
    if (this.#held.length > MAX_HELD_BACK) this.#held.shift();
  }

  /** Returns what takes it back. */
  #name({ directory, name, inode }: Naming): Naming {
    const names = directory.names as Map<string, Inode>;
    const before = names.get(name);
    if (before !== undefined) this.#link(before, -1);
    if (inode === undefined) names.delete(name);
    else {
      names.set(name, inode);
      this.#link(inode, 1);
    }
    this.#touch(directory);
    return { directory, name, inode: before };
  }

  /** It has a name more, or one less; what has none takes no room. */
  #link(inode: Inode, by: 1 | -1): void {
    if (inode.links + by === 0) this.usedBytes -= inode.sizeBytes;
    if (inode.links === 0) this.usedBytes += inode.sizeBytes;
    inode.links += by;
    inode.ctimeNs = BigInt(world().wallMs) * 1_000_000n;
  }

  write(file: Inode, bytes: Uint8Array, position: number): number {
    const end = position + bytes.length;
    const more = Math.max(0, end - file.sizeBytes);
    if (this.usedBytes + more > this.capacityBytes) throw systemError('ENOSPC', 'write', '');
    this.#keep(file);
    if (end > file.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(end, 2 * file.bytes.length));
      file.bytes.copy(grown, 0, 0, file.sizeBytes);
      file.bytes = grown;
    }
    if (position > file.sizeBytes) file.bytes.fill(0, file.sizeBytes, position);
    file.bytes.set(bytes, position);
    file.sizeBytes = Math.max(file.sizeBytes, end);
    this.usedBytes += more;
    this.#touch(file);
    return bytes.length;
  }

  truncate(file: Inode, sizeBytes: number): void {
    if (file.sizeBytes === sizeBytes) return;
    if (this.usedBytes + sizeBytes - file.sizeBytes > this.capacityBytes && sizeBytes > file.sizeBytes)
      throw systemError('ENOSPC', 'ftruncate', '');
    this.#keep(file);
    const kept = Buffer.alloc(sizeBytes);
    contentOf(file).copy(kept);
    this.usedBytes += sizeBytes - file.sizeBytes;
    file.bytes = kept;
    file.sizeBytes = sizeBytes;
    this.#touch(file);
  }

  chmod(inode: Inode, mode: number): void {
    inode.mode = (inode.mode & ~0o7777) | (mode & 0o7777);
    inode.ctimeNs = BigInt(world().wallMs) * 1_000_000n;
    this.changes += 1;
  }

  /**
   * What it has is on the disk, a directory its names; and that it has its name, as far up as names are new. A name in
   * another directory is not: common file systems write more, and nobody may rely on that.
   */
  sync(inode: Inode): void {
    inode.synced = undefined;
    this.#unsynced.delete(inode);
    const named = new Set([inode]);
    const places = new Places();
    // From the last one backwards: what a name stood for before is settled with what it stands for now.
    const isSettled = ({ changes }: Held) => {
      if (
        !changes.some((change) => places.has(change) || change.directory === inode || isNameOf(named, change))
      )
        return false;
      for (const change of changes) {
        places.add(change);
        if (isNameOf(named, change)) named.add(change.directory);
      }
      return true;
    };
    const settled = new Set(this.#held.toReversed().filter(isSettled));
    this.#held = this.#held.filter((held) => !settled.has(held));
  }

  /** Returns the files whose contents were lost. */
  losePower(random: Random): Inode[] {
    const lost = this.#held.splice(this.#held.length - below(random, this.#held.length + 1));
    for (const { before } of lost.reverse()) for (const change of before.toReversed()) this.#name(change);
    const damaged: Inode[] = [];
    for (const file of this.#unsynced) {
      const left = leftOf(file, random);
      if (left !== null) {
        this.#replace(file, left);
        damaged.push(file);
      }
      file.synced = undefined;
    }
    this.#unsynced.clear();
    this.#held = [];
    this.usedBytes = sizeOf(this.root);
    return damaged;
  }

  #replace(file: Inode, bytes: Buffer): void {
    file.bytes = bytes;
    file.sizeBytes = bytes.length;
    this.#touch(file);
  }

  /** Remembers what is on the disk for certain, before it is written. */
  #keep(file: Inode): void {
    file.synced ??= Buffer.from(contentOf(file));
    this.#unsynced.add(file);
  }

  #touch(inode: Inode): void {
    inode.version += 1;
    inode.mtimeNs = BigInt(world().wallMs) * 1_000_000n + BigInt(inode.version % 1_000_000);
    inode.ctimeNs = inode.mtimeNs;
    this.changes += 1;
  }
}

/** What a loss of power leaves of a file that was written and not synced; null: all of it. */
function leftOf(file: Inode, random: Random): Buffer | null {
  const content = contentOf(file);
  switch (below(random, 4)) {
    case 0:
      return file.synced as Buffer;
    case 1:
      return Buffer.alloc(0);
    case 2:
      return Buffer.from(content.subarray(0, below(random, content.length)));
    default:
      return null;
  }
}

const isNameOf = (inodes: ReadonlySet<Inode>, { inode }: Naming) => inode !== undefined && inodes.has(inode);

/** Names in their directories. */
class Places {
  readonly #names = new Map<Inode, Set<string>>();

  has({ directory, name }: Naming): boolean {
    return this.#names.get(directory)?.has(name) === true;
  }

  add({ directory, name }: Naming): void {
    const names = this.#names.get(directory) ?? new Set();
    this.#names.set(directory, names.add(name));
  }
}

export const contentOf = (file: Inode): Buffer => file.bytes.subarray(0, file.sizeBytes);

function sizeOf(inode: Inode, met = new Set<Inode>()): number {
  if (met.has(inode)) return 0;
  met.add(inode);
  let sum = inode.sizeBytes;
  for (const child of inode.names?.values() ?? []) sum += sizeOf(child, met);
  return sum;
}
