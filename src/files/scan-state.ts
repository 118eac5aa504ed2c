import type { FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { type HashedBatch, UNSETTLED_MS } from './hash-files.ts';
import { type FileIdentity, getIdentity, sameIdentity } from './identity.ts';
import { MAX_SET_FILES } from './limits.ts';
import { mergedFields } from './merged.ts';
import type { FileMetadata, FileSet } from './metadata.ts';
import type { ReadFileSystem } from './ports.ts';
import { rootDigest } from './root-digest.ts';
import { type Problem, realReadFileSystem, walk } from './walk.ts';

/** What a look at the directories found: nearly nothing, if nothing changed. */
export interface Changes {
  /** Files to read, and their sizes: new ones, and ones whose state is not the one in which they were read. */
  paths: string[];
  sizes: number[];
  /** True if there is anything for `settle` to do. */
  isDifferent: boolean;
  problems: Problem[];
}

/** The set after a scan, and how it differs from the last time that it was settled. */
export interface Settled {
  /** Root digest of the set, hex. */
  digest: string;
  fileCount: number;
  created: string[];
  updated: string[];
  deleted: string[];
}

interface Entry {
  hash: string;
  item: string;
  /** State in which the file was read; null if it may have changed since without a trace. */
  identity: FileIdentity | null;
  size: number;
  mtimeNs: bigint;
  /** The round that met it last. */
  round: number;
  isNews: boolean;
}

/** A file that this node has put in place. */
export interface PlacedFile {
  readonly hash: string;
  readonly ino: number;
  readonly size: number;
}

/** What this node has just written, so that it need not be read again. */
export interface Written {
  /** By path. */
  readonly files: ReadonlyMap<string, PlacedFile>;
  /** Between these, milliseconds since the epoch, the files were moved into place; written they were before. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** The same, as the times of files are compared with it. */
interface Expected {
  readonly files: ReadonlyMap<string, PlacedFile>;
  readonly writtenBeforeNs: bigint;
  /** Its lower bound keeps out what somebody wrote after the clock was set back, or where files have another clock. */
  readonly movedFromNs: bigint;
  readonly movedBeforeNs: bigint;
}

/**
 * The files of a home as they were last read. Lives in one thread, so that a scan that finds nothing new costs its
 * caller one small message. A scan is a `walk`, a `take` for each batch that was read, and a `settle`.
 */
export class ScanState {
  readonly #entries = new Map<string, Entry>();
  /** The set as it was last settled. */
  readonly #files = new Map<string, FileMetadata>();
  readonly #home: string;
  readonly #config: FilesConfig;
  readonly #fs: ReadFileSystem;
  /** Item of each file that is to be read. */
  #wanted = new Map<string, string>();
  #expected: Expected | null = null;
  #round = 0;
  #isWhole = true;
  #digest = '';

  /** Whether what is there and cannot be read stays in the set as it was: on the node whose set the others follow. */
  readonly #keepsUnreadable: boolean;

  constructor(
    home: string,
    config: FilesConfig,
    keepsUnreadable: boolean,
    fs: ReadFileSystem = realReadFileSystem,
  ) {
    this.#home = home;
    this.#config = config;
    this.#keepsUnreadable = keepsUnreadable;
    this.#fs = fs;
  }

  /** Compares the directories with what is known. Reads no file. Throws 3119, and 3113 for too many files. */
  walk(): Changes {
    this.#round += 1;
    this.#wanted = new Map();
    const paths: string[] = [];
    const sizes: number[] = [];
    let met = 0;
    let isNews = this.#isWhole;
    let hasRead = false;
    const visit = (path: string, { key }: { key: string }, identity: FileIdentity) => {
      met += 1;
      const known = this.#entries.get(path);
      if (known !== undefined) known.round = this.#round;
      if (known?.identity != null && sameIdentity(known.identity, identity)) {
        isNews ||= known.isNews;
        return;
      }
      const hash = this.#expected === null ? undefined : hashAsWritten(this.#expected, path, identity);
      if (hash !== undefined) {
        hasRead = true;
        this.#learn(path, hash, key, identity, true);
        return;
      }
      this.#wanted.set(path, key);
      paths.push(path);
      sizes.push(identity.size);
    };
    const problems = walk(this.#home, this.#config, visit, this.#fs);
    this.#expected = null;
    if (this.#keepsUnreadable) this.#keep(problems);
    if (met > MAX_SET_FILES)
      throw new MusterError(
        3113,
        `${met} files in the synchronised directories; at most ${MAX_SET_FILES} are synchronised`,
      );
    // Files that are met and known, against files that are known.
    const hasRemoved = met - this.#newcomers() < this.#entries.size;
    return { paths, sizes, isDifferent: isNews || hasRead || paths.length > 0 || hasRemoved, problems };
  }

  /** Takes files that were read after `walk` asked for them. */
  take({ paths, digests, identities, settled, failures }: HashedBatch): Problem[] {
    const failed = new Map(failures.map((failure) => [failure.index, failure]));
    const problems: Problem[] = [];
    for (const [index, path] of paths.entries()) {
      const failure = failed.get(index);
      if (failure !== undefined) {
        if (failure.problem !== null) problems.push({ path, message: failure.problem });
        this.#missed(path, failure.isPassing);
        continue;
      }
      const identity = getIdentity(identities, index);
      this.#learn(path, digests[index] ?? '', this.#wanted.get(path) ?? '', identity, settled[index] === 1);
    }
    return problems;
  }

  /** Notes what this node has written itself, for the next walk. */
  expect({ files, fromMs, toMs }: Written): void {
    // Times of files may be a tick behind.
    const settledNs = nsOf(fromMs - UNSETTLED_MS);
    this.#expected = {
      files,
      writtenBeforeNs: settledNs,
      movedFromNs: settledNs,
      movedBeforeNs: nsOf(toMs + 1),
    };
  }

  /** Whether the content that a file has in this state is known to have this hash. */
  knows(path: string, hash: string, identity: FileIdentity): boolean {
    const known = this.#entries.get(path);
    return known?.hash === hash && known.identity !== null && sameIdentity(known.identity, identity);
  }

  /** The set as the last scan left it; a scan that is under way does not show. */
  get files(): FileSet {
    return this.#files;
  }

  /** Its root digest, hex; empty before the first scan. */
  get digest(): string {
    return this.#digest;
  }

  /** Ends the scan: forgets what is gone, and tells how the set differs from the last time. */
  settle(): Settled {
    const [created, updated, deleted]: [string[], string[], string[]] = [[], [], []];
    for (const [path, entry] of this.#entries) {
      if (entry.round !== this.#round) {
        this.#entries.delete(path);
        // It may have come and gone between two scans.
        if (this.#files.delete(path)) deleted.push(path);
      } else if (entry.isNews) {
        entry.isNews = false;
        const known = this.#files.get(path);
        if (known === undefined) created.push(path);
        else if (known.hash !== entry.hash) updated.push(path);
        this.#files.set(path, metadataOf(path, entry));
      }
    }
    const differs = created.length + updated.length + deleted.length > 0;
    if (this.#isWhole || differs) this.#digest = this.#rootDigest();
    this.#isWhole = false;
    return { digest: this.#digest, fileCount: this.#files.size, created, updated, deleted };
  }

  #learn(path: string, hash: string, item: string, identity: FileIdentity, isTrusted: boolean): void {
    const known = this.#entries.get(path);
    const { size, mtimeNs } = identity;
    const isNews = known === undefined || known.isNews || known.hash !== hash || known.mtimeNs !== mtimeNs;
    this.#entries.set(path, {
      hash,
      item,
      identity: isTrusted ? identity : null,
      size,
      mtimeNs,
      round: this.#round,
      isNews,
    });
  }

  /** A file that was met and could not be read. */
  #missed(path: string, isPassing: boolean): void {
    const known = this.#entries.get(path);
    if (known === undefined) {
      // Nobody misses what nobody had; but at the first look nobody knows who had it.
      if (this.#keepsUnreadable && this.#isWhole) throw unreadable(path);
    } else if (isPassing || this.#keepsUnreadable) known.identity = null;
    else known.round = 0;
  }

  /** What cannot be looked at stays as it was known; if nothing is known of it, nobody may take it for deleted. */
  #keep(problems: readonly Problem[]): void {
    for (const { path, isUnreadable } of problems) {
      if (isUnreadable !== true) continue;
      if (this.#isWhole) throw unreadable(path);
      const directory = path.endsWith('/') ? path : `${path}/`;
      for (const [known, entry] of this.#entries) {
        if (known === path || known.startsWith(directory)) entry.round = this.#round;
      }
    }
  }

  #newcomers(): number {
    let count = 0;
    for (const path of this.#wanted.keys()) if (!this.#entries.has(path)) count += 1;
    return count;
  }

  #rootDigest(): string {
    return rootDigest([...this.#files].map(([path, { hash }]) => [path, hash]));
  }
}

/**
 * The hash of a file that was written by this node and by nobody since: it is the same file, as its times show its
 * content is older than the move into place, and nothing was done to it after that.
 */
function hashAsWritten(
  { files, writtenBeforeNs, movedFromNs, movedBeforeNs }: Expected,
  path: string,
  { ino, size, mtimeNs, ctimeNs }: FileIdentity,
): string | undefined {
  const isUntouched = mtimeNs < writtenBeforeNs && ctimeNs >= movedFromNs && ctimeNs < movedBeforeNs;
  const file = isUntouched ? files.get(path) : undefined;
  return file?.ino === Number(ino) && file.size === size ? file.hash : undefined;
}

const unreadable = (path: string) =>
  new MusterError(
    3119,
    `${path} is there and cannot be read: as long as that is so, no set is published without it`,
  );

const nsOf = (ms: number) => BigInt(ms) * 1_000_000n;

function metadataOf(path: string, { hash, item, size, mtimeNs }: Entry): FileMetadata {
  return { mod_time: Number(mtimeNs) / 1e9, cluster_item_key: item, ...mergedFields(path), hash, size };
}
