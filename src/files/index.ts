import type { FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { BATCH_BYTES, BATCH_FILES } from './limits.ts';
import type { FileSet } from './metadata.ts';
import type { FilePool } from './pool.ts';
import type { Changes, Settled } from './scan-state.ts';
import type { PackedList } from './tasks.ts';
import type { Problem } from './walk.ts';
import type { WrittenFile } from './write-file.ts';

/** What one scan found. */
export interface ScanReport extends Settled {
  /** Files that are left out of the set. */
  problems: Problem[];
  /** Those of them that the scan before had not met. */
  newProblems: Problem[];
  /** Files that were read. */
  hashedFiles: number;
  durationMs: number;
}

/** Indexes of this process: their states lie side by side in a pool. */
let lastIndex = 0;

/**
 * The integrity set of a home. What is known of the files lives in one thread of the pool, and whatever needs all of it
 * is done there; here are only its digest and its size. A file whose size, times and inode did not change is not read
 * again.
 */
export class FileIndex {
  readonly #number: number;
  readonly #home: string;
  readonly #config: FilesConfig;
  readonly #pool: FilePool;
  readonly #keepsUnreadable: boolean;
  #digest = '';
  #fileCount = 0;
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

  /** Names the state of this index in the thread that keeps it. */
  get number(): number {
    return this.#number;
  }

  /** Files of the set. */
  get fileCount(): number {
    return this.#fileCount;
  }

  /** The whole set, as the last scan left it: for people who ask, not for every round. Rejects before the first scan. */
  list(): Promise<FileSet> {
    return this.#pool.runSticky('list', { index: this.#number });
  }

  /** The same as it travels in the reply to `get_files`: packed where it lies, so that nobody waits for it. */
  packedList(): Promise<PackedList> {
    return this.#pool.runSticky('packList', { index: this.#number });
  }

  /**
   * Writes the metadata of the set for the master. Returns what it wrote. Rejects with 3119, and 1000 before the first
   * scan. Specification: Integrity thread, stage 2.
   */
  writeMetadata(path: string): Promise<WrittenFile> {
    return this.#pool.runSticky('writeMetadata', { index: this.#number, path });
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
    let settled: Settled | null = null;
    if (changes.isDifferent) {
      problems.push(...(await this.#read(changes)));
      settled = await this.#pool.runSticky('settle', { index });
      this.#digest = settled.digest;
      this.#fileCount = settled.fileCount;
    }
    return {
      digest: this.#digest,
      fileCount: this.#fileCount,
      created: settled?.created ?? [],
      updated: settled?.updated ?? [],
      deleted: settled?.deleted ?? [],
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

  #newOf(problems: Problem[]): Problem[] {
    const known = this.#problems;
    const textOf = ({ path, message }: Problem) => `${path}\0${message}`;
    this.#problems = new Set(problems.map(textOf));
    return problems.filter((problem) => !known.has(textOf(problem)));
  }
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
