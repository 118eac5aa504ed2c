import type { FilesConfig } from '../config/node-config.ts';
import type { HashedFile } from './hash-files.ts';
import { BATCH_BYTES, BATCH_FILES } from './limits.ts';
import type { FileMetadata, FileSet } from './metadata.ts';
import type { FilePool } from './pool.ts';
import type { Delta, Problem, Walk } from './scan-state.ts';

/** What one scan found. */
export interface ScanReport {
  digest: string;
  fileCount: number;
  created: string[];
  updated: string[];
  deleted: string[];
  /** Files that are left out of the set. */
  problems: Problem[];
  /** Files that were read. */
  hashedFiles: number;
  durationMs: number;
}

/**
 * The integrity set of a home. What is known of the files lives in one thread of the pool; here is a copy that follows
 * by differences. A file whose size, times and inode did not change is not read again.
 */
export class FileIndex {
  readonly #home: string;
  readonly #config: FilesConfig;
  readonly #pool: FilePool;
  readonly #files = new Map<string, FileMetadata>();
  #digest = '';
  #running: Promise<ScanReport> | null = null;
  #next: Promise<ScanReport> | null = null;

  constructor(options: { home: string; config: FilesConfig; pool: FilePool }) {
    this.#home = options.home;
    this.#config = options.config;
    this.#pool = options.pool;
  }

  get files(): FileSet {
    return this.#files;
  }

  /** Root digest of the set, hex; empty before the first scan. */
  get digest(): string {
    return this.#digest;
  }

  /** Looks at the files. Whoever calls during a scan gets the next one: it began after the call. */
  scan(): Promise<ScanReport> {
    if (this.#running === null) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<ScanReport> {
    this.#next = null;
    const running = this.#scan().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #scan(): Promise<ScanReport> {
    const startedMs = performance.now();
    const walk = await this.#pool.runSticky('walk', { home: this.#home, config: this.#config });
    const report = (more: Partial<ScanReport>): ScanReport => ({
      digest: this.#digest,
      fileCount: this.#files.size,
      created: [],
      updated: [],
      deleted: [],
      hashedFiles: walk.changed.length,
      durationMs: performance.now() - startedMs,
      ...more,
      problems: [...walk.problems, ...(more.problems ?? [])],
    });
    if (walk.changed.length === 0 && !walk.hasRemoved && this.#digest === walk.digest) return report({});
    const hashed = await this.#hash(walk);
    const delta = await this.#pool.runSticky('settle', { home: this.#home, round: walk.round, hashed });
    // A thread that knows less than this copy is a new one: what it tells is the whole set.
    const isWhole = this.#digest !== '' && walk.digest !== this.#digest;
    const { created, updated, deleted } = isWhole ? this.#differences(delta) : delta;
    for (const [path, metadata] of delta.set) this.#files.set(path, metadata);
    for (const path of deleted) this.#files.delete(path);
    const { digest, fileCount, problems } = delta;
    this.#digest = digest;
    return report({ digest, fileCount, created, updated, deleted, problems });
  }

  /** What a whole set changes here. */
  #differences({ set }: Delta): Pick<Delta, 'created' | 'updated' | 'deleted'> {
    const whole = new Map(set);
    const isChanged = (path: string) => this.#files.get(path)?.hash !== whole.get(path)?.hash;
    const paths = [...whole.keys()];
    return {
      created: paths.filter((path) => !this.#files.has(path)),
      updated: paths.filter((path) => this.#files.has(path) && isChanged(path)),
      deleted: [...this.#files.keys()].filter((path) => !whole.has(path)),
    };
  }

  async #hash(walk: Walk): Promise<HashedFile[]> {
    const batches: string[][] = [];
    let sizeBytes = Number.POSITIVE_INFINITY;
    for (const file of walk.changed) {
      if (sizeBytes >= BATCH_BYTES || (batches.at(-1)?.length ?? 0) >= BATCH_FILES) {
        batches.push([]);
        sizeBytes = 0;
      }
      batches.at(-1)?.push(file.path);
      sizeBytes += file.sizeBytes;
    }
    const results = await Promise.all(
      batches.map((paths) => this.#pool.run('hash', { home: this.#home, paths })),
    );
    return results.flat();
  }
}
