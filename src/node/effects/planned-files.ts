import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_READ_TRIES } from '../../files/limits.ts';
import type { Manifest } from '../../files/manifest.ts';
import type { FileMetadata } from '../../files/metadata.ts';
import type { PackageFile } from '../../files/package.ts';
import type { AcquiredPackage, PackageStore } from '../../files/package-store.ts';
import type { FilePool } from '../../files/pool.ts';

export interface PlannedFilesOptions {
  home: string;
  manifest: Manifest;
  packages: Pick<PackageStore, 'acquire'>;
  pool: Pick<FilePool, 'run'>;
  /** A file changed, went or became unreadable since it was planned. */
  onLeftOut(path: string): void;
}

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

  /** A package of those of these files that are unchanged; null if none is. Rejects as `PackageStore.acquire`. */
  async acquire(files: readonly PackageFile[]): Promise<AcquiredPackage | null> {
    const { packages } = this.#options;
    let wanted = files;
    for (let tries = 1; wanted.length > 0; tries += 1) {
      try {
        return await packages.acquire(wanted);
      } catch (error) {
        const unchanged = await this.#unchanged(wanted);
        // With no file to blame the cause is another one, such as a full disk.
        if (unchanged.length === wanted.length || tries === MAX_READ_TRIES) throw error;
        wanted = unchanged;
      }
    }
    return null;
  }

  /** Whether a large file may be sent. It is only read if it does not look as it did. */
  async mayTravel(file: PackageFile): Promise<boolean> {
    return (await this.#looksUnchanged(file)) || (await this.#unchanged([file])).length > 0;
  }

  /** The manifest of what this round brings. */
  manifest(): Manifest {
    const { manifest } = this.#options;
    const brought = (files: Iterable<[string, FileMetadata]>) =>
      new Map([...files].filter(([, { hash }]) => !this.#leftOut.has(hash)));
    const [missing, shared] = [brought(manifest.missing), brought(manifest.shared)];
    const left = manifest.missing.size + manifest.shared.size - missing.size - shared.size;
    return { missing, shared, extra: manifest.extra, deferred: manifest.deferred + left };
  }

  async #unchanged(files: readonly PackageFile[]): Promise<PackageFile[]> {
    const { home, pool, onLeftOut } = this.#options;
    const { digests } = await pool.run('hash', { home, paths: files.map(({ path }) => path) });
    return files.filter(({ path, hash }, i) => {
      if (digests[i] === hash) return true;
      this.#leftOut.add(hash);
      onLeftOut(path);
      return false;
    });
  }

  async #looksUnchanged({ path, size }: PackageFile): Promise<boolean> {
    const { home, manifest } = this.#options;
    const planned = manifest.missing.get(path) ?? manifest.shared.get(path);
    const found = await lstat(join(home, path), { bigint: true }).catch(() => null);
    const isSame = found?.isFile() === true && Number(found.size) === size;
    return isSame && Number(found.mtimeNs) / 1e9 === planned?.mod_time;
  }
}
