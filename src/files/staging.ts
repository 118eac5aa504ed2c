import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { FilesConfig } from '../config/node-config.ts';
import { faultPoint } from '../fault-point.ts';
import { MusterError } from '../protocol/errors.ts';
import type { AppliedSet } from './apply-set.ts';
import { isSetLeft, STAGING_DIRECTORY } from './journal.ts';
import { named } from './naming.ts';
import { isSafeName } from './paths.ts';
import type { FilePool } from './pool.ts';
import { realFileSystem } from './ports.ts';
import type { StagedColumns } from './staged.ts';
import type { LateFile } from './wazuh4/stage.ts';

/** Tells the directory of a task from what an earlier task of the same name may have left. */
const SUFFIX_BYTES = 4;
/** Longest task that gives a directory its name. */
const MAX_TASK_CHARS = 200;
/**
 * `<digest>.part` is where transfers look for what they have of a content: what this sync has received and cannot apply
 * is left there, and the next one need not receive it again.
 */
const PART_SUFFIX = '.part';

export interface StagingOptions {
  home: string;
  config: FilesConfig;
  pool: FilePool;
  task: string;
  /**
   * Whether a package stays until the set is applied, so that a sync that fails need not receive it again; it takes as
   * much room as its contents. True if not given.
   */
  keepsPackages?: boolean;
}

/**
 * The contents of one sync on their way into place: verified as they arrive, applied together or not at all. The
 * directory lies on the file system of the home, so that applying is renaming.
 */
export class Staging {
  readonly #keepsPackages: boolean;
  readonly #home: string;
  readonly #config: FilesConfig;
  readonly #pool: FilePool;
  /** Below the home. */
  readonly #directory: string;
  readonly #ready: Promise<unknown>;
  /** What is there by now. */
  readonly #staged: StagedColumns[] = [];
  /** Work in the pool that may still write into the directory. */
  readonly #pending = new Set<Promise<unknown>>();
  /** The first failure: the set cannot be complete any more. */
  #failure: unknown = null;
  /** Packages whose contents are staged, under their names as parts. */
  readonly #packages = new Set<string>();
  /** Contents that were moved into the directory, by their names as parts. */
  readonly #large = new Map<string, string>();

  constructor(options: StagingOptions) {
    const { home, config, pool, task, keepsPackages = true } = options;
    if (!isSafeName(task) || task.length > MAX_TASK_CHARS)
      throw new MusterError(3114, `the task ${JSON.stringify(task)}`);
    this.#keepsPackages = keepsPackages;
    this.#home = home;
    this.#config = config;
    this.#pool = pool;
    this.#directory = `${STAGING_DIRECTORY}/${task}.${randomBytes(SUFFIX_BYTES).toString('hex')}`;
    this.#ready = mkdir(this.#path, { recursive: true, mode: 0o700 });
    this.#ready.catch(() => {
      // Whoever uses the directory hears of it.
    });
  }

  /**
   * Takes a package that arrived, called after its digest; the file is gone when the set has been applied. Rejects with
   * 3112 to 3115, 3119, and 3120 after `discard`.
   */
  addPackage(file: string): Promise<void> {
    return this.#working(async () => {
      const name = `${basename(file, extname(file))}${PART_SUFFIX}`;
      const part = this.#keepsPackages ? join(dirname(file), name) : null;
      const order = { file, directory: this.#path, part, config: this.#config };
      this.#staged.push(await this.#pool.run('stagePackage', order));
      if (part !== null) this.#packages.add(part);
    });
  }

  /**
   * Takes the package of a master of Wazuh 4.x, which is the whole set. Resolves to files that it names and does not
   * bring, and to why others are skipped. Rejects with 3036, 3112 to 3115, 3119, and 3120 after `discard`.
   */
  addWazuh4(file: string): Promise<{ late: readonly LateFile[]; skipped: readonly string[] }> {
    return this.#working(async () => {
      const order = { file, directory: this.#path, config: this.#config };
      return await this.#pool.runSticky('stageWazuh4', order);
    });
  }

  /** Takes a file that arrived alone: it is moved. Rejects with 3112, 3119, and 3120 after `discard`. */
  addLarge(file: string, hash: string): Promise<void> {
    return this.#working(async () => {
      const verified = this.#pool.statesOf(hash);
      const order = { file, directory: this.#path, hash, verified };
      this.#staged.push(await this.#pool.run('stageFile', order));
      this.#large.set(join(dirname(file), `${hash}${PART_SUFFIX}`), join(this.#path, hash));
    });
  }

  /**
   * Applies the set whose manifest is this file; null for one of Wazuh 4.x, which came with its list. Rejects before anything has changed: with the first failure of what
   * was added, 3112 for a content that did not arrive, 3114 for a path, 3115 for a content that nobody wants, 3119
   * where nothing can be written. Rejects with 3119 too when the old set is in its place again, because a file of the
   * new one could not be.
   */
  commit(manifest: string | null): Promise<AppliedSet> {
    const added = [...this.#pending];
    return this.#working(async () => {
      await Promise.allSettled(added);
      if (this.#failure !== null) throw this.#failure;
      faultPoint('set.staged');
      const [home, config, staging] = [this.#home, this.#config, this.#directory];
      const order = { home, config, staging };
      const applying =
        manifest === null
          ? this.#pool.runSticky('applyWazuh4', order)
          : this.#pool.runSticky('apply', { ...order, manifest, staged: this.#staged });
      const report = await applying.catch((error) => this.#completeJournal(error));
      faultPoint('set.applied');
      this.#large.clear();
      // One that stays is pruned with the rest of the spool.
      await Promise.allSettled([...this.#packages].map((part) => rm(part, { force: true })));
      return report;
    });
  }

  /**
   * Drops what was not applied, as soon as nothing is written any more; what was received as a whole is left where the
   * next transfer finds it. Rejects with 3119.
   */
  async discard(): Promise<void> {
    this.#failure ??= new MusterError(3120, 'the sync was dropped');
    await this.#ready.catch(() => {
      // Nothing was made, so nothing is left.
    });
    await Promise.allSettled(this.#pending);
    // Where not even that could be completed or undone, the next round or start needs the contents.
    if (isSetLeft(realFileSystem, this.#home)) return;
    for (const [part, staged] of this.#large) {
      await rename(staged, part).catch(() => {
        // It is received once more, that is all.
      });
    }
    await rm(this.#path, { recursive: true, force: true }).catch((error) => {
      throw named(this.#path, error);
    });
  }

  /**
   * A thread that dies while it applies leaves a journal, and so does one that can neither go on nor take it back. What
   * it says has begun, and is completed or undone now. Rejects with the error and with what became of the set: with 3128
   * if that is neither.
   */
  async #completeJournal(error: unknown): Promise<never> {
    if (!isSetLeft(realFileSystem, this.#home)) throw error;
    const { code, detail } = MusterError.from(error, 3119);
    const order = { home: this.#home, config: this.#config };
    const { message } = await this.#pool.runSticky('recover', order).catch((failure) => {
      if (code === 3128) throw error;
      throw new MusterError(3128, `${detail}. ${MusterError.from(failure).detail}`, { cause: error });
    });
    this.#large.clear();
    throw new MusterError(code === 3128 ? 3119 : code, [detail, message].filter(Boolean).join('. '), {
      cause: error,
    });
  }

  get #path(): string {
    return join(this.#home, this.#directory);
  }

  async #working<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#failure !== null) throw this.#failure;
    const working = this.#ready.then(work, (error) => {
      throw named(this.#path, error);
    });
    this.#pending.add(working);
    try {
      return await working;
    } catch (error) {
      this.#failure ??= error;
      throw error;
    } finally {
      this.#pending.delete(working);
    }
  }
}
