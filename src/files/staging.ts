import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import type { ApplyReport } from './apply.ts';
import type { Manifest } from './manifest.ts';
import { isSafeName } from './paths.ts';
import type { FilePool } from './pool.ts';

/** Where verified contents wait until the set is complete, a directory a task. */
export const STAGING_DIRECTORY = 'queue/cluster/.staging';

/** The contents of one sync on their way into place: verified as they arrive, applied together or not at all. */
export class Staging {
  readonly #home: string;
  readonly #config: FilesConfig;
  readonly #pool: FilePool;
  /** Below the home. */
  readonly #directory: string;
  readonly #ready: Promise<unknown>;
  /** Work in the pool that may still write into the directory. */
  readonly #pending = new Set<Promise<unknown>>();

  constructor(options: { home: string; config: FilesConfig; pool: FilePool; task: string }) {
    if (!isSafeName(options.task)) throw new MusterError(3114, `the task ${JSON.stringify(options.task)}`);
    this.#home = options.home;
    this.#config = options.config;
    this.#pool = options.pool;
    this.#directory = `${STAGING_DIRECTORY}/${options.task}`;
    this.#ready = mkdir(join(this.#home, this.#directory), { recursive: true, mode: 0o700 });
    this.#ready.catch(() => {
      // Whoever uses the directory hears of it.
    });
  }

  /** Takes a package that arrived; the file is removed. Rejects with 3112, 3113, 3115, 3119. */
  async addPackage(file: string): Promise<void> {
    await this.#ready;
    await this.#tracked(
      this.#pool.run('stagePackage', { file, directory: join(this.#home, this.#directory) }),
    );
  }

  /** Takes a file that arrived alone. Rejects with 3112, 3119. */
  async addLarge(file: string, hash: string): Promise<void> {
    await this.#ready;
    await this.#tracked(
      this.#pool.run('stageFile', { file, directory: join(this.#home, this.#directory), hash }),
    );
  }

  /** Applies the set. Rejects with 3112 or 3114 before anything has changed. */
  async commit(manifest: Manifest): Promise<ApplyReport> {
    await this.#ready;
    const [home, config, directory] = [this.#home, this.#config, this.#directory];
    return this.#tracked(this.#pool.run('apply', { home, config, directory, manifest }));
  }

  /** Drops what was not applied, as soon as nothing is written any more. */
  async discard(): Promise<void> {
    await this.#ready.catch(() => {
      // Nothing was made, so nothing is left.
    });
    await Promise.allSettled(this.#pending);
    await rm(join(this.#home, this.#directory), { recursive: true, force: true });
  }

  #tracked<Result>(work: Promise<Result>): Promise<Result> {
    this.#pending.add(work);
    return work.finally(() => this.#pending.delete(work));
  }
}
