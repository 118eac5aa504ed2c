import { dirname, join } from 'node:path';
import type { FilesConfig } from '../config/node-config.ts';
import { faultPoint } from '../fault-point.ts';
import { dropJournal, JOURNAL_FILE, type Journal, type Put, stagedNames } from './journal.ts';
import { MAX_APPLY_TRIES } from './limits.ts';
import { splitMerged } from './merged-split.ts';
import { TEMPORARY_PREFIX, TEMPORARY_SUFFIX } from './paths.ts';
import { errorCode, type SyncFileSystem } from './ports.ts';
import type { Problem } from './walk.ts';

/** Mode of directories that a sync makes. Specification of the original: 0770, whatever the umask. */
const DIRECTORY_MODE = 0o770;
/** Errors of a rename onto a directory. */
const IN_THE_WAY = new Set(['EISDIR', 'ENOTEMPTY', 'EEXIST']);

/**
 * Carries a journal out, from wherever it was left: every step may be done twice. A step that fails is tried again, then
 * reported, and the others are done: the next round finds what is still wrong. Then the journal and the staged contents
 * go. Returns what could not be done.
 */
export function carryOut(
  fs: SyncFileSystem,
  home: string,
  config: FilesConfig,
  journal: Journal,
  isReplay = false,
): Problem[] {
  const steps = stepsOf(new Hand(fs, home, config, journal), journal);
  let problems: Problem[] = [];
  let left = steps;
  for (let tries = 1; tries <= MAX_APPLY_TRIES && left.length > 0; tries += 1) {
    problems = [];
    left = left.filter((step) => {
      const problem = attempt(step, isReplay || tries > 1);
      if (problem !== null) problems.push(problem);
      return problem !== null;
    });
  }
  problems.push(...finish(fs, home, journal));
  return problems;
}

interface Step {
  path: string;
  /** `isAgain`: it may have been done before. */
  run(isAgain: boolean): void;
}

/** In this order nothing is ever in the way of what follows, and a moved file is at its new place before it leaves the old. */
function stepsOf(hand: Hand, { puts, early, deletes, emptied }: Journal): Step[] {
  const names = stagedNames(puts);
  return [
    ...early.map((path) => ({ path, run: () => hand.remove(path) })),
    ...puts.map((put, i) => ({
      path: put[0],
      run: (isAgain: boolean) => hand.put(put, names[i] ?? '', isAgain),
    })),
    ...deletes.map((path) => ({ path, run: () => hand.remove(path) })),
    ...emptied.map((path) => ({ path, run: () => hand.removeEmptied(path) })),
  ];
}

function attempt({ path, run }: Step, isAgain: boolean): Problem | null {
  try {
    run(isAgain);
    return null;
  } catch (error) {
    return { path, message: (error as Error).message };
  }
}

/** A journal that cannot be removed does no harm: everything that it says is done. */
function finish(fs: SyncFileSystem, home: string, { staging }: Journal): Problem[] {
  const steps: Step[] = [
    { path: JOURNAL_FILE, run: () => dropJournal(fs, home) },
    {
      path: staging,
      run: () => {
        fs.removeTree(join(home, staging));
        faultPoint('staging.removed');
      },
    },
  ];
  return steps.flatMap((step) => {
    for (let tries = 1; ; tries += 1) {
      const problem = attempt(step, tries > 1);
      if (problem === null) return [];
      if (tries === MAX_APPLY_TRIES) return [problem];
    }
  });
}

/** Does the steps. */
class Hand {
  readonly #fs: SyncFileSystem;
  readonly #home: string;
  readonly #config: FilesConfig;
  readonly #staging: string;
  readonly #made = new Set<string>();

  constructor(fs: SyncFileSystem, home: string, config: FilesConfig, { staging }: Journal) {
    this.#fs = fs;
    this.#home = home;
    this.#config = config;
    this.#staging = join(home, staging);
  }

  put([path, , mode]: Put, name: string, isAgain: boolean): void {
    const staged = `${this.#staging}/${name}`;
    // Gone from the staging directory: this step was done before.
    if (isAgain && this.#fs.lstat(staged) === null) return;
    const target = `${this.#home}/${path}`;
    this.#makeDirectory(dirname(path));
    splitMerged(this.#fs, this.#home, path, staged);
    faultPoint('put.staged');
    this.#moveOnto(staged, target, mode);
    faultPoint('put.placed');
  }

  #moveOnto(staged: string, target: string, mode: number): void {
    this.#fs.chmod(staged, mode);
    try {
      this.#clearing(target, () => this.#fs.rename(staged, target));
    } catch (error) {
      if (errorCode(error) !== 'EXDEV') throw error;
      this.#copyOnto(staged, target, mode);
      this.#fs.unlink(staged);
    }
  }

  /** Only ever a file: a directory of this name was made by a put, and so the file is gone. */
  remove(path: string): void {
    const directory = dirname(path);
    if (!this.#isWay(directory)) return;
    try {
      this.#fs.unlink(`${this.#home}/${path}`);
    } catch (error) {
      if (this.#fs.lstat(`${this.#home}/${path}`)?.isDirectory !== true) throw error;
    }
    faultPoint('remove.done');
  }

  /** Files that are never synchronised do not keep a directory. */
  removeEmptied(directory: string): void {
    const path = `${this.#home}/${directory}`;
    if (!this.#isWay(directory)) return;
    const isEmpty = this.#fs.list(path).every((name) => this.#config.excludedFiles.includes(name));
    if (!isEmpty) return;
    this.#fs.removeTree(path);
    faultPoint('directory.removed');
  }

  /** Where the staged content lies on another file system: a copy beside the target is as atomic. */
  #copyOnto(staged: string, target: string, mode: number): void {
    const copy = join(dirname(target), `${TEMPORARY_PREFIX}sync${TEMPORARY_SUFFIX}`);
    this.#fs.unlink(copy);
    this.#fs.copy(staged, copy);
    this.#fs.chmod(copy, mode);
    this.#clearing(target, () => this.#fs.rename(copy, target));
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
    this.#makeDirectory(dirname(directory));
    const path = `${this.#home}/${directory}`;
    const found = this.#fs.lstat(path);
    if (found === null) {
      this.#fs.mkdir(path, DIRECTORY_MODE);
      this.#fs.chmod(path, DIRECTORY_MODE);
    } else if (!found.isDirectory)
      throw new Error(`${directory} is no directory, and links are not followed`);
    this.#made.add(directory);
  }

  /** False if a directory on the way is gone, or is none any more: then nothing of ours is behind it. */
  #isWay(directory: string): boolean {
    if (directory === '.' || this.#made.has(directory)) return true;
    if (!this.#isWay(dirname(directory))) return false;
    return this.#fs.lstat(`${this.#home}/${directory}`)?.isDirectory === true;
  }
}
