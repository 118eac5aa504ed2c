import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDiskFull } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_CACHED_PACKAGES, MAX_CACHED_PACKAGES_BYTES } from './limits.ts';
import { notWritten } from './naming.ts';
import type { PackageFile, PackedFile, PackOrder } from './package.ts';
import type { FilePool } from './pool.ts';
import { keyOf } from './round.ts';
import type { PlannedPackage } from './tasks.ts';

export const PACKAGES_DIRECTORY = 'queue/cluster/.packages';
/** `compress_level` where nobody says otherwise. */
const DEFAULT_LEVEL = 1;

/** A package that stays on disk until `release` was called as often as it was acquired, and a while longer. */
export interface AcquiredPackage extends PackedFile {
  release(): void;
}

/** Where a package is made of what. */
type Place = Omit<PackOrder, 'files'>;

interface Entry {
  readonly built: Promise<PackedFile>;
  package: PackedFile | null;
  users: number;
}

/**
 * Packages by their content: workers that need the same files share one package, which is read and packed once. Those
 * that nobody uses are kept, the latest used the longest, within `MAX_CACHED_PACKAGES_BYTES` and `MAX_CACHED_PACKAGES`.
 */
export class PackageStore {
  readonly #home: string;
  readonly #pool: FilePool;
  readonly #level: number;
  readonly #maxBytes: number;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  /** Packages that were made, for tests and metrics. */
  builds = 0;

  constructor(options: { home: string; pool: FilePool; level?: number; maxBytes?: number }) {
    this.#home = options.home;
    this.#pool = options.pool;
    this.#level = options.level ?? DEFAULT_LEVEL;
    this.#maxBytes = options.maxBytes ?? MAX_CACHED_PACKAGES_BYTES;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The package of these files; rejects with 3001 or 3119 if one of them is no longer what it was. */
  acquire(files: readonly PackageFile[]): Promise<AcquiredPackage> {
    return this.#acquire(keyOf(files), (place) => this.#pool.runSticky('pack', { ...place, files }));
  }

  /** The package of a round, known by its key. Rejects as `acquire`. */
  acquirePlanned(key: string, planned: PlannedPackage): Promise<AcquiredPackage> {
    return this.#acquire(key, (place) => this.#pool.runSticky('packPlanned', { ...place, ...planned }));
  }

  /**
   * Does what writes to the disk of this node. If that is full, packages that are kept for nobody go, and it is done once
   * more: they are worth less than a round.
   */
  async makingRoom<Result>(write: () => Promise<Result>): Promise<Result> {
    try {
      return await write();
    } catch (error) {
      if (!isDiskFull(MusterError.from(error).message) || !this.#removeUnused()) throw error;
      return await write();
    }
  }

  async #acquire(key: string, pack: (place: Place) => Promise<PackedFile>): Promise<AcquiredPackage> {
    const entry = this.#kept(key) ?? this.#build(pack);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users += 1;
    try {
      entry.package = await entry.built;
    } catch (error) {
      entry.users -= 1;
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
    let isHeld = true;
    const release = () => {
      if (isHeld) entry.users -= 1;
      isHeld = false;
      this.#evict();
    };
    return { ...entry.package, release };
  }

  get #directory(): string {
    return join(this.#home, PACKAGES_DIRECTORY);
  }

  /** A package that somebody removed from the disk is made again. */
  #kept(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry?.package != null && !existsSync(entry.package.path) ? undefined : entry;
  }

  #build(pack: (place: Place) => Promise<PackedFile>): Entry {
    this.builds += 1;
    this.#makeDirectory();
    const place = { home: this.#home, directory: this.#directory, level: this.#level };
    const built = this.makingRoom(() => pack(place));
    return { built, package: null, users: 0 };
  }

  /** For every package: somebody who makes room may have removed it. */
  #makeDirectory(): void {
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o770 });
    } catch (error) {
      throw notWritten(this.#directory, error);
    }
  }

  #evict(): void {
    let keptBytes = [...this.#entries.values()].reduce(
      (sum, entry) => sum + (entry.package?.sizeBytes ?? 0),
      0,
    );
    for (const [key, entry] of this.#entries) {
      if (keptBytes <= this.#maxBytes && this.#entries.size <= MAX_CACHED_PACKAGES) return;
      keptBytes -= this.#removeIfUnused(key, entry);
    }
  }

  /** False if there was none. */
  #removeUnused(): boolean {
    let removedBytes = 0;
    for (const [key, entry] of this.#entries) removedBytes += this.#removeIfUnused(key, entry);
    return removedBytes > 0;
  }

  /** Returns how many bytes that gave. */
  #removeIfUnused(key: string, entry: Entry): number {
    if (entry.users > 0 || entry.package === null) return 0;
    this.#entries.delete(key);
    rmSync(entry.package.path, { force: true });
    return entry.package.sizeBytes;
  }
}
