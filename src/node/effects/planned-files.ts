import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from '../../../machines/failure.ts';
import { isDiskFull } from '../../config/system-words.ts';
import type { ChangedFile } from '../../files/changed-files.ts';
import { MAX_READ_TRIES } from '../../files/limits.ts';
import type { AcquiredPackage, PackageStore } from '../../files/package-store.ts';
import type { FilePool } from '../../files/pool.ts';
import type { LargeFile, RoundSummary } from '../../files/round.ts';
import { asError } from './failures.ts';

export interface PlannedFilesOptions {
  home: string;
  plan: RoundSummary;
  packages: Pick<PackageStore, 'acquirePlanned'>;
  pool: Pick<FilePool, 'run' | 'runSticky'>;
  /** A file changed, went or became unreadable since it was planned; with the failure that it was found by, if any. */
  onLeftOut(path: string, failure: Failure | null): void;
}

/** The peer found that what arrived is not what was announced: it has thrown it away. */
const CHECKSUM_MISMATCH = 3112;
/** What the operating system refuses. */
const FILE_SYSTEM = 3119;

/**
 * The files of one round, which other programs may change while it runs. One that is no longer what was planned is left
 * to the next round, so that a file that changes all the time does not hold up the others for ever.
 */
export class PlannedFiles {
  readonly #options: PlannedFilesOptions;
  /** Contents that this round does not bring. */
  readonly #leftOut = new Set<string>();
  /** The first reason not to read a file that may be that of every file. */
  #refusal: Failure | null = null;
  #isAnyRead = false;

  constructor(options: PlannedFilesOptions) {
    this.#options = options;
  }

  /** Contents that the manifest must not name. */
  get leftOut(): string[] {
    return [...this.#leftOut];
  }

  /** A large file has arrived. */
  noteSent(): void {
    this.#isAnyRead = true;
  }

  /** Throws 3119 if a file could not be read of which that says nothing, and no other could be either. */
  throwRefusal(): void {
    if (this.#refusal !== null && !this.#isAnyRead) throw asError(this.#refusal);
  }

  /** A package of those of its files that are unchanged; null if none is. Rejects as `PackageStore.acquire`. */
  async acquire(number: number): Promise<AcquiredPackage | null> {
    const { packages, pool, plan } = this.#options;
    let key = plan.packages[number]?.key ?? null;
    for (let tries = 1; key !== null; tries += 1) {
      const planned = { round: plan.round, number, without: this.leftOut };
      try {
        const acquired = await packages.acquirePlanned(key, planned);
        this.#isAnyRead = true;
        return acquired;
      } catch (error) {
        const found = await pool.runSticky('recheckPackage', planned);
        // With no file to blame the cause is another one, such as a full disk.
        const isBlameless = found.changed.length === 0 && found.key === key;
        if (isBlameless || tries === MAX_READ_TRIES) throw error;
        for (const file of found.changed) this.#leaveOut(file, this.#failureOf(file));
        key = found.key;
      }
    }
    return null;
  }

  /** Whether a large file may be sent. It is only read if it does not look as it did. */
  async mayTravel(file: LargeFile): Promise<boolean> {
    if (await this.#looksUnchanged(file)) return true;
    const changed = await this.#changed(file);
    if (changed === undefined) return true;
    await this.#leaveOutContent(file, this.#failureOf(changed));
    return false;
  }

  /**
   * After the transfer of a large file failed: leaves the file out if it was to blame, even if it is by now what it was.
   * False if the cause is another one, such as a full disk of the worker: that is none of the file's, whatever became of
   * the file meanwhile. The rest of the set would take the room that the next one needs.
   */
  async blame(file: LargeFile, failure: Failure): Promise<boolean> {
    if (isDiskFull(failure.message)) return false;
    if (failure.code !== CHECKSUM_MISMATCH && (await this.#looksUnchanged(file))) {
      const changed = await this.#changed(file);
      if (changed === undefined) return false;
      this.#failureOf(changed);
    }
    await this.#leaveOutContent(file, failure);
    return true;
  }

  /** Why a changed file cannot be read; null if it can. */
  #failureOf({ problem, isOfFile }: Pick<ChangedFile, 'problem' | 'isOfFile'>): Failure | null {
    if (problem === null) return null;
    const failure = { code: FILE_SYSTEM, message: problem };
    if (!isOfFile) this.#refusal ??= failure;
    return failure;
  }

  /** Whoever else was to get the same content waits too. */
  async #leaveOutContent({ hash }: LargeFile, failure: Failure | null): Promise<void> {
    const { pool, plan } = this.#options;
    const paths = await pool.runSticky('pathsOfContent', { round: plan.round, hash });
    for (const path of paths) this.#leaveOut({ path, hash }, failure);
  }

  #leaveOut({ path, hash }: { path: string; hash: string }, failure: Failure | null): void {
    this.#leftOut.add(hash);
    this.#options.onLeftOut(path, failure);
  }

  /** What a file has become, if it is no longer what was planned: the surer answer, for which it is read. */
  async #changed({ path, hash, size }: LargeFile): Promise<ChangedFile | undefined> {
    const { home, pool } = this.#options;
    const [changed] = await pool.run('changedFiles', { home, files: [{ path, hash, size }] });
    return changed;
  }

  async #looksUnchanged({ path, size, modTime }: LargeFile): Promise<boolean> {
    const found = await lstat(join(this.#options.home, path), { bigint: true }).catch(() => null);
    return found?.isFile() === true && Number(found.size) === size && Number(found.mtimeNs) / 1e9 === modTime;
  }
}
