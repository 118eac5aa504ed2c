import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from '../../../machines/failure.ts';
import { isDiskFull } from '../../config/system-words.ts';
import { MAX_READ_TRIES } from '../../files/limits.ts';
import type { AcquiredPackage, PackageStore } from '../../files/package-store.ts';
import type { FilePool } from '../../files/pool.ts';
import type { LargeFile, RoundSummary } from '../../files/round.ts';

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

/**
 * The files of one round, which other programs may change while it runs. One that is no longer what was planned is left
 * to the next round, so that a file that changes all the time does not hold up the others for ever.
 */
export class PlannedFiles {
  readonly #options: PlannedFilesOptions;
  /** Contents that this round does not bring. */
  readonly #leftOut = new Set<string>();

  constructor(options: PlannedFilesOptions) {
    this.#options = options;
  }

  /** Contents that the manifest must not name. */
  get leftOut(): string[] {
    return [...this.#leftOut];
  }

  /** A package of those of its files that are unchanged; null if none is. Rejects as `PackageStore.acquire`. */
  async acquire(number: number): Promise<AcquiredPackage | null> {
    const { packages, pool, plan } = this.#options;
    let key = plan.packages[number]?.key ?? null;
    for (let tries = 1; key !== null; tries += 1) {
      const planned = { round: plan.round, number, without: this.leftOut };
      try {
        return await packages.acquirePlanned(key, planned);
      } catch (error) {
        const found = await pool.runSticky('recheckPackage', planned);
        // With no file to blame the cause is another one, such as a full disk.
        const isBlameless = found.changed.length === 0 && found.key === key;
        if (isBlameless || tries === MAX_READ_TRIES) throw error;
        for (const file of found.changed) this.#leaveOut(file, null);
        key = found.key;
      }
    }
    return null;
  }

  /** Whether a large file may be sent. It is only read if it does not look as it did. */
  async mayTravel(file: LargeFile): Promise<boolean> {
    if ((await this.#looksUnchanged(file)) || (await this.#isUnchanged(file))) return true;
    await this.#leaveOutContent(file, null);
    return false;
  }

  /**
   * After the transfer of a large file failed: leaves the file out if it was to blame, even if it is by now what it was.
   * False if the cause is another one, such as a full disk of the worker: that is none of the file's, whatever became of
   * the file meanwhile. The rest of the set would take the room that the next one needs.
   */
  async blame(file: LargeFile, failure: Failure): Promise<boolean> {
    const isInnocent =
      isDiskFull(failure.message) ||
      (failure.code !== CHECKSUM_MISMATCH &&
        (await this.#looksUnchanged(file)) &&
        (await this.#isUnchanged(file)));
    if (!isInnocent) await this.#leaveOutContent(file, failure);
    return !isInnocent;
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

  /** The surer answer, for which the file is read. */
  async #isUnchanged({ path, hash }: LargeFile): Promise<boolean> {
    const { home, pool } = this.#options;
    const { digests } = await pool.run('hash', { home, paths: [path] });
    return digests[0] === hash;
  }

  async #looksUnchanged({ path, size, modTime }: LargeFile): Promise<boolean> {
    const found = await lstat(join(this.#options.home, path), { bigint: true }).catch(() => null);
    return found?.isFile() === true && Number(found.size) === size && Number(found.mtimeNs) / 1e9 === modTime;
  }
}
