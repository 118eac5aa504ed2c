import { join, posix } from 'node:path';
import type { FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { checkCollisions } from './collisions.ts';
import type { Journal, Put } from './journal.ts';
import { stageParts } from './merged-split.ts';
import { naming } from './naming.ts';
import { PathRules, shownPath, unsafe } from './paths.ts';
import type { SyncFileSystem } from './ports.ts';
import type { StagedFile } from './staged.ts';

/** A manifest on its way to the thread that applies it: columns, because they go from thread to thread. */
export interface ApplyOrder {
  home: string;
  config: FilesConfig;
  /** Directory of the staged contents, below the home. */
  staging: string;
  /** All that was staged there, by hash. */
  staged: ReadonlyMap<string, StagedFile>;
  missing: Column;
  shared: Column;
  extra: readonly string[];
}

export interface Column {
  readonly paths: readonly string[];
  readonly hashes: readonly string[];
}

/**
 * Decides everything that applying a manifest does, and changes nothing but what is staged. Throws if any of it must
 * not or cannot be done: 3114 for a path, 3112 for a content that did not arrive, 3115 for one that nobody wants, 3119
 * where the file system would refuse.
 */
export function planApply(fs: SyncFileSystem, order: ApplyOrder): Journal {
  const { home, config, staging, staged, missing, shared } = order;
  const rules = new PathRules(config);
  const puts: Put[] = [];
  for (const { paths, hashes } of [missing, shared]) {
    for (const [i, path] of paths.entries()) {
      puts.push([path, hashes[i] ?? '', rules.check(path).permissions]);
    }
  }
  checkStaged(staged, puts);
  puts.push(...stageParts(fs, join(home, staging), puts, rules));
  const removed = order.extra
    .map((path) => ({ path, item: rules.check(path) }))
    .filter(({ item }) => !item.extraValid);
  const shape = new TreeShape(
    puts,
    removed.map(({ path }) => path),
  );
  checkCollisions(fs, join(home, staging), shape.names());
  const ground = new Ground(fs, home, shape.removed);
  for (const [directory, paths] of byDirectory(puts)) ground.checkPuts(directory, paths);
  for (const path of shape.removed) ground.checkDelete(path);
  ground.checkWays();
  const emptied = new Set<string>();
  for (const { path, item } of removed) {
    const directory = posix.dirname(path);
    const isItem = config.items.some(({ key }) => key === `${directory}/`);
    if (item.removeSubdirsIfEmpty && !isItem) emptied.add(directory);
  }
  const { early, deletes } = shape;
  const replaced = [...puts.keys()].filter((i) => ground.present.has(puts[i]?.[0] ?? ''));
  return { staging, puts, early, deletes, emptied: [...emptied], replaced };
}

function byDirectory(puts: readonly Put[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [path] of puts) {
    const directory = path.slice(0, path.lastIndexOf('/'));
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [path]);
    else group.push(path);
  }
  return groups;
}

/** Exactly the contents that the manifest wants are there; they were verified when they were written. */
function checkStaged(staged: ReadonlyMap<string, StagedFile>, puts: readonly Put[]): void {
  const wanted = new Set<string>();
  for (const [path, hash] of puts) {
    if (!staged.has(hash))
      throw new MusterError(3112, `the content of ${JSON.stringify(path)} did not arrive`);
    wanted.add(hash);
  }
  const left = staged.size - wanted.size;
  if (left > 0) throw new MusterError(3115, `${left} contents arrived that the manifest does not want`);
}

/** The paths of a manifest against each other: no file can be a directory, none can be named twice. */
class TreeShape {
  readonly removed: ReadonlySet<string>;
  readonly early: string[] = [];
  readonly deletes: string[] = [];
  readonly #files: ReadonlySet<string>;
  readonly #directories: ReadonlySet<string>;

  constructor(puts: readonly Put[], removed: readonly string[]) {
    this.removed = new Set(removed);
    const files = new Set<string>();
    for (const [path] of puts) {
      if (files.has(path) || this.removed.has(path)) throw unsafe(path, 'it stands there twice');
      files.add(path);
    }
    this.#files = files;
    this.#directories = directoriesOf(files);
    const early = new Set<string>();
    for (const directory of this.#directories) {
      if (files.has(directory)) throw unsafe(directory, 'it is both a file and a directory');
      if (this.removed.has(directory)) early.add(directory);
    }
    for (const path of this.removed) if (liesBelow(path, files)) early.add(path);
    for (const path of this.removed) (early.has(path) ? this.early : this.deletes).push(path);
  }

  /** Everything that is written or removed, and the directories on the way. */
  *names(): Iterable<string> {
    yield* this.#files;
    yield* this.removed;
    yield* this.#directories;
  }
}

/** All directories on the way to some files. */
function directoriesOf(files: Iterable<string>): Set<string> {
  const directories = new Set<string>();
  for (const path of files) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const directory = path.slice(0, at);
      if (directories.has(directory)) break;
      directories.add(directory);
    }
  }
  return directories;
}

/** Whether a directory on the way to a path is one of these files. */
function liesBelow(path: string, files: ReadonlySet<string>): boolean {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    if (files.has(path.slice(0, at))) return true;
  }
  return false;
}

/** Of what stands in the way, so many paths are named: the detail of an error has a length. */
const MAX_NAMED_PATHS = 5;
/** From here on a directory is listed. */
const MANY_PATHS = 64;

/** What stands on the disk where the manifest wants to write and delete. */
class Ground {
  readonly #fs: SyncFileSystem;
  readonly #home: string;
  readonly #removed: ReadonlySet<string>;
  /** Puts where something stands that is no directory. */
  readonly present = new Set<string>();
  /** Of directories that were looked at: whether they are there. */
  readonly #directories = new Map<string, boolean>();
  readonly #writable = new Set<string>();
  /** Where a directory is needed and something else stands. */
  readonly #blocked: string[] = [];

  constructor(fs: SyncFileSystem, home: string, removed: ReadonlySet<string>) {
    this.#fs = fs;
    this.#home = home;
    this.#removed = removed;
  }

  /** All puts into one directory. */
  checkPuts(directory: string, paths: readonly string[]): void {
    this.#checkWritable(this.#nearest(directory));
    if (!this.#isThere(directory)) return;
    const isThere = this.#lookup(directory, paths.length);
    for (const path of paths) {
      const found = isThere(path) ? this.#lstat(path) : null;
      if (found?.isDirectory === true) this.#checkVacated(path, path);
      else if (found !== null) this.present.add(path);
    }
  }

  checkDelete(path: string): void {
    const directory = posix.dirname(path);
    if (this.#isThere(directory)) this.#checkWritable(directory);
  }

  /** Tells which paths may be there. For many, one list of the directory is cheaper than a question for each. */
  #lookup(directory: string, paths: number): (path: string) => boolean {
    if (paths < MANY_PATHS) return () => true;
    const names = new Set(this.#list(directory));
    return (path) => names.has(path.slice(directory.length + 1));
  }

  /** Throws 3114 if something that is no directory stands where one is needed: for all such at once, as each stops the whole set. */
  checkWays(): void {
    const [first] = this.#blocked;
    if (first === undefined) return;
    const more = this.#blocked.length - MAX_NAMED_PATHS;
    const named = this.#blocked.slice(0, MAX_NAMED_PATHS).map(shownPath).join(', ');
    throw new MusterError(
      3114,
      this.#blocked.length === 1
        ? `${named}: it is no directory, and links are not followed; remove it`
        : `${named}${more > 0 ? ` and ${more} more` : ''}: they are no directories, and links are not followed; remove them`,
    );
  }

  /** False for a directory that is to be made, and for what is no directory: no link is followed. */
  #isThere(directory: string): boolean {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const parent = posix.dirname(directory);
    let isThere = parent === '.' || this.#isThere(parent);
    if (isThere) {
      const found = this.#lstat(directory);
      isThere = found?.isDirectory === true;
      if (found !== null && !isThere && !this.#removed.has(directory)) this.#blocked.push(directory);
    }
    this.#directories.set(directory, isThere);
    return isThere;
  }

  /** The innermost directory on the way that is there. */
  #nearest(directory: string): string {
    return directory === '.' || this.#isThere(directory)
      ? directory
      : this.#nearest(posix.dirname(directory));
  }

  /** A directory may give way to a file only if nothing stays in it. */
  #checkVacated(directory: string, path: string): void {
    for (const name of this.#list(directory)) {
      const below = `${directory}/${name}`;
      if (this.#removed.has(below)) continue;
      if (this.#lstat(below)?.isDirectory === true) this.#checkVacated(below, path);
      else throw new MusterError(3119, `${path} is a directory that holds ${below}`);
    }
  }

  #checkWritable(directory: string): void {
    if (this.#writable.has(directory)) return;
    naming(directory, () => this.#fs.checkWritable(join(this.#home, directory)));
    this.#writable.add(directory);
  }

  #lstat(path: string) {
    return naming(path, () => this.#fs.lstat(`${this.#home}/${path}`));
  }

  #list(path: string) {
    return naming(path, () => this.#fs.list(`${this.#home}/${path}`));
  }
}
