import type { FilesConfig } from '../config/node-config.ts';
import { type ChangedFile, changedFiles } from './changed-files.ts';
import { type Comparison, compare } from './compare.ts';
import { digestOf } from './digest.ts';
import { EXTRA_FILE_BYTES, NEEDED_FILE_BYTES } from './limits.ts';
import { encodeManifest, type Manifest } from './manifest.ts';
import type { FileMetadata, FileSet } from './metadata.ts';
import type { PackageFile } from './package.ts';
import { planTransfer, type TransferPlan } from './plan.ts';
import type { UnfitContents } from './wazuh4/unfit-contents.ts';

/** What the event loop knows of a round; the lists stay in the thread that made them. */
export interface RoundSummary {
  /** Number of the round in that thread. */
  round: number;
  /** Of the master's set that was compared. */
  digest: string;
  /** Files in the worker's metadata. */
  received: number;
  /** Files that it lacks, and that no package can bring it: they are in none of the following. */
  withheld: number;
  missing: number;
  shared: number;
  extra: number;
  /** Content that travels, before compression. */
  bytes: number;
  packages: PlannedPart[];
  /** Files that travel alone. */
  large: LargeFile[];
}

/** A package that is to be made. */
export interface PlannedPart {
  /** The same files have the same key, whichever round asks for them. */
  key: string;
  files: number;
  /** Of one of them, by which people know the package. */
  path: string;
}

export interface LargeFile extends PackageFile {
  /** Seconds since the epoch, as the scan found it. */
  modTime: number;
}

/** A manifest without what could not be sent. */
export interface ManifestOrder {
  /** Contents that this round does not bring after all. */
  without: readonly string[];
}

/**
 * One comparison of the master's set with a worker's, and how what the worker lacks travels. Several workers share it
 * if they sent the same list. Lives in the thread of the scans. Specification: Integrity thread, stage 3.
 */
export class Round {
  readonly received: number;
  readonly #masterDigest: string;
  readonly #withheld: number;
  readonly plan: TransferPlan;
  /** What it holds, the manifest left out. */
  readonly heldBytes: number;
  readonly #comparison: Comparison;
  readonly #home: string;
  #encoded: Uint8Array | null = null;

  /** Throws 3114 for a list that names a directory which is not synchronised. */
  constructor(options: {
    home: string;
    master: FileSet;
    masterDigest: string;
    worker: FileSet;
    config: FilesConfig;
    limitBytes: number;
    /** Files that earlier rounds could not bring. */
    late: ReadonlySet<string>;
    /** Contents that the worker can be sent in no form. */
    unfit?: Pick<UnfitContents, 'without'> | undefined;
  }) {
    this.#home = options.home;
    this.received = options.worker.size;
    this.#masterDigest = options.masterDigest;
    const all = compare(options.master, options.worker, options.config);
    const { comparison, withheld } = options.unfit?.without(all) ?? { comparison: all, withheld: 0 };
    this.#comparison = comparison;
    this.#withheld = withheld;
    this.plan = planTransfer(this.#comparison, options.limitBytes, options.late);
    this.heldBytes = bytesOf(this.#comparison);
  }

  /** All that the worker has to do, however it travels. */
  get comparison(): Comparison {
    return this.#comparison;
  }

  summary(round: number): RoundSummary {
    const { missing, shared, extra } = this.manifest({ without: [] });
    return {
      round,
      digest: this.#masterDigest,
      received: this.received,
      withheld: this.#withheld,
      missing: missing.size,
      shared: shared.size,
      extra: extra.size,
      bytes: this.plan.bytes,
      packages: this.plan.packages.map((files) => ({
        key: keyOf(files),
        files: files.length,
        path: files[0]?.path ?? '',
      })),
      large: this.plan.large.map((file) => ({ ...file, modTime: this.#modTimeOf(file.path) })),
    };
  }

  /** The files of a package, but for some contents. */
  filesOf(number: number, without: readonly string[]): PackageFile[] {
    const left = new Set(without);
    return (this.plan.packages[number] ?? []).filter(({ hash }) => !left.has(hash));
  }

  /** Reads files once more: those that are no longer what was planned. */
  changedOf(files: readonly PackageFile[]): ChangedFile[] {
    return changedFiles(this.#home, files);
  }

  /** All paths that are to get these contents, by content: each travels once for them, from one of them. */
  pathsOf(contents: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
    const paths = new Map([...contents].map((content): [string, string[]] => [content, []]));
    const { missing, shared } = this.#comparison;
    for (const files of [missing, shared]) for (const [path, { hash }] of files) paths.get(hash)?.push(path);
    return paths;
  }

  /** Takes the content of a file that has changed from another of these that has it still. False if there is none. */
  standInFor(number: number, file: PackageFile, paths: readonly string[]): boolean {
    const files = this.plan.packages[number] ?? [];
    const at = files.findIndex(({ path }) => path === file.path);
    for (const path of paths) {
      const other = { ...file, path };
      if (at === -1 || path === file.path || this.changedOf([other]).length > 0) continue;
      files[at] = other;
      return true;
    }
    return false;
  }

  manifest({ without }: ManifestOrder): Manifest {
    const { missing, shared, extra } = this.#comparison;
    const deferred = new Set(this.plan.deferred);
    const left = new Set(without);
    if (deferred.size + left.size === 0) return { missing, shared, extra, deferred: 0 };
    const brought = (files: Iterable<[string, FileMetadata]>) =>
      new Map([...files].filter(([path, { hash }]) => !deferred.has(path) && !left.has(hash)));
    const [created, updated] = [brought(missing), brought(shared)];
    const count = missing.size + shared.size - created.size - updated.size;
    return { missing: created, shared: updated, extra, deferred: count };
  }

  /** What the manifest that was made takes. */
  get manifestBytes(): number {
    return this.#encoded?.length ?? 0;
  }

  /** It is made again for the next who needs it. */
  forgetManifest(): void {
    this.#encoded = null;
  }

  /** The manifest as it travels; that of all files is made once for all workers. */
  encodedManifest(order: ManifestOrder): Uint8Array {
    if (order.without.length > 0) return encodeManifest(this.manifest(order));
    this.#encoded ??= encodeManifest(this.manifest(order));
    return this.#encoded;
  }

  #modTimeOf(path: string): number {
    const { missing, shared } = this.#comparison;
    return (missing.get(path) ?? shared.get(path))?.mod_time ?? 0;
  }
}

/** Of one character of a text, where nobody can tell what it is. */
const CHAR_BYTES = 2;

/** What the worker lacks is the master's, and only referred to; what only the worker has came with its list. */
function bytesOf({ missing, shared, extra }: Comparison): number {
  let bytes = (missing.size + shared.size) * NEEDED_FILE_BYTES + extra.size * EXTRA_FILE_BYTES;
  for (const [path, { hash, cluster_item_key: key, merge_type: type = '', merge_name: name = '' }] of extra)
    bytes += (path.length + hash.length + key.length + type.length + name.length) * CHAR_BYTES;
  return bytes;
}

/** What a package is known by. */
export function keyOf(files: readonly PackageFile[]): string {
  return digestOf(Buffer.from(files.map(({ path, hash }) => `${path}\0${hash}\n`).join('')));
}
