import { join } from 'node:path';
import type { FilesConfig } from '../config/node-config.ts';
import { faultPoint } from '../fault-point.ts';
import type { Journal, Put } from './journal.ts';
import { keptName } from './keep.ts';
import { directoryOf, TEMPORARY_PREFIX, TEMPORARY_SUFFIX } from './paths.ts';
import { errorCode, type SyncFileSystem } from './ports.ts';
import type { PlacedFile } from './scan-state.ts';
import type { StagedFile } from './staged.ts';

/** Mode of directories that a sync makes. Specification of the original: 0770, whatever the umask. */
const DIRECTORY_MODE = 0o770;
/** Errors of a rename onto a directory. */
const IN_THE_WAY = new Set(['EISDIR', 'ENOTEMPTY', 'EEXIST']);

interface HandOptions {
  /** Every step may have been done by an earlier life. */
  isReplay?: boolean;
  /** What is known of files in the staging directory, by their names. */
  staged?: ReadonlyMap<string, StagedFile> | undefined;
}

/** Does single steps in a home: each as a whole, each may be done twice, none through a link. */
export class Hand {
  readonly #fs: SyncFileSystem;
  readonly #home: string;
  readonly #staging: string;
  readonly #isReplay: boolean;
  readonly #staged: ReadonlyMap<string, StagedFile>;
  readonly #made = new Set<string>();
  /** What was put in place, by its path: moving a file does not make it another one. */
  readonly placed = new Map<string, PlacedFile>();

  constructor(fs: SyncFileSystem, home: string, { staging }: Journal, options: HandOptions = {}) {
    this.#fs = fs;
    this.#home = home;
    this.#staging = join(home, staging);
    this.#isReplay = options.isReplay ?? false;
    this.#staged = options.staged ?? new Map();
  }

  /** `aside`: the number of the file that has to be moved away first. */
  put([path, hash, mode]: Put, name: string, aside: number | null): void {
    if (this.placed.has(path)) return;
    const staged = `${this.#staging}/${name}`;
    const found = this.#staged.get(name) ?? this.#fs.lstat(staged);
    // Gone from the staging directory: an earlier life has done this step.
    if (found === null && this.#isReplay) return;
    this.#makeDirectory(directoryOf(path));
    faultPoint('put.staged');
    if (found?.mode !== mode) this.#fs.chmod(staged, mode);
    if (aside !== null) this.setAside(path, aside);
    this.#moveOnto(staged, `${this.#home}/${path}`, mode);
    if (found !== null) this.placed.set(path, { hash, ino: found.ino, size: found.size });
    faultPoint('put.placed');
  }

  /** Moves away what could not be kept in any other way. Never a directory. */
  setAside(path: string, number: number): void {
    const target = `${this.#home}/${path}`;
    const found = this.#isWay(directoryOf(path)) ? this.#fs.lstat(target) : null;
    if (found !== null && !found.isDirectory) this.#fs.rename(target, this.#keptFile(number));
  }

  /**
   * Puts back what was kept, where something else stands now, or nothing. Behind what somebody has put in place of a
   * directory meanwhile, nothing can be put back.
   */
  restore(path: string, number: number): void {
    if (this.#isObstructed(directoryOf(path))) return;
    const kept = this.#keptFile(number);
    // It may be there again already.
    if (this.#fs.lstat(kept) === null) return;
    this.#makeDirectory(directoryOf(path));
    this.#moveOnto(kept, `${this.#home}/${path}`);
  }

  /** Only ever a file: a directory of this name was made by a put, and so the file is gone. */
  remove(path: string): void {
    const directory = directoryOf(path);
    if (!this.#isWay(directory)) return;
    try {
      this.#fs.unlink(`${this.#home}/${path}`);
    } catch (error) {
      if (this.#fs.lstat(`${this.#home}/${path}`)?.isDirectory !== true) throw error;
    }
  }

  /** Files that are never synchronised do not keep a directory. */
  removeEmptied(directory: string, { excludedFiles }: FilesConfig): void {
    const path = `${this.#home}/${directory}`;
    if (!this.#isWay(directory)) return;
    const isEmpty = this.#fs.list(path).every((name) => excludedFiles.includes(name));
    if (!isEmpty) return;
    this.#fs.removeTree(path);
    faultPoint('directory.removed');
  }

  /** True if a file still is the one that was kept. What cannot even be looked at was not changed either. */
  isAsKept(path: string, number: number): boolean {
    const [target, kept] = [`${this.#home}/${path}`, this.#keptFile(number)];
    if (!this.#isWay(directoryOf(path))) return false;
    try {
      const [now, then] = [this.#fs.lstat(target), this.#fs.lstat(kept)];
      if (now === null || then === null) return false;
      if (now.ino === then.ino && now.dev === then.dev) return true;
      return (
        now.isFile && then.isFile && now.size === then.size && this.#digest(target) === this.#digest(kept)
      );
    } catch {
      return true;
    }
  }

  /** True if a plain file with this content stands there. */
  holds(path: string, hash: string): boolean {
    const target = `${this.#home}/${path}`;
    try {
      if (!this.#isWay(directoryOf(path))) return false;
      return this.#fs.lstat(target)?.isFile === true && this.#digest(target) === hash;
    } catch {
      return false;
    }
  }

  #digest(file: string): string {
    return this.#fs.digest(file).digest;
  }

  #keptFile(number: number): string {
    return `${this.#staging}/${keptName(number)}`;
  }

  #moveOnto(from: string, target: string, mode?: number): void {
    try {
      this.#clearing(target, () => this.#fs.rename(from, target));
    } catch (error) {
      if (errorCode(error) !== 'EXDEV') throw error;
      this.#copyOnto(from, target, mode);
      this.#fs.unlink(from);
    }
  }

  /** Where the staging directory lies on another file system: a copy beside the target is as atomic. */
  #copyOnto(from: string, target: string, mode?: number): void {
    const copy = join(directoryOf(target), `${TEMPORARY_PREFIX}sync${TEMPORARY_SUFFIX}`);
    this.#fs.unlink(copy);
    try {
      this.#fs.copy(from, copy);
      if (mode !== undefined) this.#fs.chmod(copy, mode);
      this.#clearing(target, () => this.#fs.rename(copy, target));
    } catch (error) {
      this.#unlinkQuietly(copy);
      throw error;
    }
  }

  #unlinkQuietly(path: string): void {
    try {
      this.#fs.unlink(path);
    } catch {
      // The first failure is the one to tell of.
    }
  }

  /** Renames; directories without any file, which no set knows of, give way. */
  #clearing(target: string, rename: () => void): void {
    try {
      rename();
    } catch (error) {
      if (!IN_THE_WAY.has(errorCode(error) ?? '')) throw error;
      this.#removeEmptyTree(target);
      rename();
    }
  }

  #removeEmptyTree(directory: string): void {
    for (const name of this.#fs.list(directory)) {
      const below = `${directory}/${name}`;
      if (this.#fs.lstat(below)?.isDirectory === true) this.#removeEmptyTree(below);
    }
    this.#fs.rmdir(directory);
  }

  /** Makes what is missing of a directory. Throws if anything else stands in its place: no link is followed. */
  #makeDirectory(directory: string): void {
    if (directory === '.' || this.#made.has(directory)) return;
    this.#makeDirectory(directoryOf(directory));
    const path = `${this.#home}/${directory}`;
    const found = this.#fs.lstat(path);
    if (found === null) {
      this.#fs.mkdir(path, DIRECTORY_MODE);
      this.#fs.chmod(path, DIRECTORY_MODE);
    } else if (!found.isDirectory)
      throw new Error(`${directory} is no directory, and links are not followed`);
    this.#made.add(directory);
  }

  #isObstructed(directory: string): boolean {
    if (directory === '.' || this.#made.has(directory)) return false;
    if (this.#isObstructed(directoryOf(directory))) return true;
    return this.#fs.lstat(`${this.#home}/${directory}`)?.isDirectory === false;
  }

  /** False if a directory on the way is gone, or is none any more: then nothing of ours is behind it. */
  #isWay(directory: string): boolean {
    if (directory === '.' || this.#made.has(directory)) return true;
    if (!this.#isWay(directoryOf(directory))) return false;
    return this.#fs.lstat(`${this.#home}/${directory}`)?.isDirectory === true;
  }
}
