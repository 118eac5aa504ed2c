import type { FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { BATCH_BYTES, BATCH_FILES } from './limits.ts';
import { mergedFields } from './merged.ts';
import type { FileMetadata, FileSet } from './metadata.ts';
import type { FilePool } from './pool.ts';
import type { Changes, Delta } from './scan-state.ts';
import type { Problem } from './walk.ts';

/** What one scan found. */
export interface ScanReport {
  digest: string;
  fileCount: number;
  created: string[];
  updated: string[];
  deleted: string[];
  /** Files that are left out of the set. */
  problems: Problem[];
  /** Those of them that the scan before had not met. */
  newProblems: Problem[];
  /** Files that were read. */
  hashedFiles: number;
  durationMs: number;
}

type Differences = Pick<ScanReport, 'created' | 'updated' | 'deleted'>;

/** Indexes of this process: their states lie side by side in a pool. */
let lastIndex = 0;

/**
 * The integrity set of a home. What is known of the files lives in one thread of the pool; here is a copy that follows
 * by differences. A file whose size, times and inode did not change is not read again.
 */
export class FileIndex {
  readonly #number: number;
  readonly #home: string;
  readonly #config: FilesConfig;
  readonly #pool: FilePool;
  readonly #keepsUnreadable: boolean;
  readonly #files = new Map<string, FileMetadata>();
  #digest = '';
  #problems = new Set<string>();
  #running: Promise<ScanReport> | null = null;
  #next: Promise<ScanReport> | null = null;

  /** `keepsUnreadable`: what is there and cannot be read stays in the set as it was (for the master). */
  constructor(options: { home: string; config: FilesConfig; pool: FilePool; keepsUnreadable?: boolean }) {
    lastIndex += 1;
    this.#number = lastIndex;
    this.#home = options.home;
    this.#config = options.config;
    this.#pool = options.pool;
    this.#keepsUnreadable = options.keepsUnreadable ?? false;
  }

  get files(): FileSet {
    return this.#files;
  }

  /** Root digest of the set, hex; empty before the first scan. */
  get digest(): string {
    return this.#digest;
  }

  /**
   * Looks at the files. Whoever calls during a scan gets the next one: it began after the call. Rejects with 3119 if the
   * file system fails as a whole, 3113 for too many files, 3120 if `signal` aborts; the set is then as before.
   */
  scan(signal?: AbortSignal): Promise<ScanReport> {
    const report = this.#running === null ? this.#start() : this.#scanNext(this.#running);
    return signal === undefined ? report : unlessAborted(report, signal);
  }

  #scanNext(running: Promise<ScanReport>): Promise<ScanReport> {
    const start = () => this.#start();
    this.#next ??= running.then(start, start);
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
    const [index, home, config] = [this.#number, this.#home, this.#config];
    const keepsUnreadable = this.#keepsUnreadable;
    const changes = await this.#pool.runSticky('walk', { index, home, config, keepsUnreadable });
    const problems = [...changes.problems];
    let differences: Differences = { created: [], updated: [], deleted: [] };
    if (changes.isDifferent) {
      problems.push(...(await this.#read(changes)));
      differences = this.#follow(await this.#pool.runSticky('settle', { index }));
    }
    return {
      digest: this.#digest,
      fileCount: this.#files.size,
      ...differences,
      problems,
      newProblems: this.#newOf(problems),
      hashedFiles: changes.paths.length,
      durationMs: performance.now() - startedMs,
    };
  }

  /** Has the changed files read, by all threads. */
  async #read(changes: Changes): Promise<Problem[]> {
    const problems = await Promise.all(
      batchesOf(changes).map(async (paths) => {
        const batch = await this.#pool.run('hash', { home: this.#home, paths });
        return this.#pool.runSticky('take', { index: this.#number, batch });
      }),
    );
    return problems.flat();
  }

  #follow(delta: Delta): Differences {
    const differences: Differences = { created: [], updated: [], deleted: [] };
    const remove = (path: string) => {
      // The thread may have met and lost a file that this copy never had.
      if (this.#files.delete(path)) differences.deleted.push(path);
    };
    for (const path of delta.deleted) remove(path);
    if (delta.isWhole) {
      const whole = new Set(delta.paths);
      for (const path of [...this.#files.keys()]) if (!whole.has(path)) remove(path);
    }
    for (const [i, path] of delta.paths.entries()) {
      const known = this.#files.get(path);
      const metadata = metadataOf(delta, i, path);
      if (known === undefined) differences.created.push(path);
      else if (known.hash !== metadata.hash) differences.updated.push(path);
      this.#files.set(path, metadata);
    }
    this.#digest = delta.digest;
    return differences;
  }

  #newOf(problems: Problem[]): Problem[] {
    const known = this.#problems;
    const textOf = ({ path, message }: Problem) => `${path}\0${message}`;
    this.#problems = new Set(problems.map(textOf));
    return problems.filter((problem) => !known.has(textOf(problem)));
  }
}

function metadataOf({ times, items, hashes, sizes }: Delta, i: number, path: string): FileMetadata {
  return {
    mod_time: times[i] ?? 0,
    cluster_item_key: items[i] ?? '',
    ...mergedFields(path),
    hash: hashes[i] ?? '',
    size: sizes[i] ?? 0,
  };
}

/** Enough files for a message not to matter, few enough that all threads have work. */
function batchesOf({ paths, sizes }: Changes): string[][] {
  const batches: string[][] = [];
  let current: string[] = [];
  let sizeBytes = 0;
  for (const [i, path] of paths.entries()) {
    if (current.length === 0) batches.push(current);
    current.push(path);
    sizeBytes += sizes[i] ?? 0;
    if (current.length < BATCH_FILES && sizeBytes < BATCH_BYTES) continue;
    current = [];
    sizeBytes = 0;
  }
  return batches;
}

/** What is no longer waited for goes on all the same: others may wait for it. */
function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new MusterError(3120, 'a scan'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
