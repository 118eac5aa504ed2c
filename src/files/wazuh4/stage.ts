import { createHash, type Hash } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { basename } from 'node:path';
import type { FilesConfig } from '../../config/node-config.ts';
import { faultPoint } from '../../fault-point.ts';
import { MusterError } from '../../protocol/errors.ts';
import { digestOf } from '../digest.ts';
import type { Manifest } from '../manifest.ts';
import type { FileMetadata } from '../metadata.ts';
import { named, naming } from '../naming.ts';
import { PathRules, staysBelow, unsafe } from '../paths.ts';
import { realFileSystem, type SyncFileSystem } from '../ports.ts';
import { createOnce } from '../stage.ts';
import type { StagedFile } from '../staged.ts';
import { WAZUH4_MAX_CONTENT_BYTES } from './limits.ts';
import { decodeWazuh4Manifest, type Wazuh4Set } from './list.ts';
import { type ContentSink, readWazuh4Package } from './reader.ts';

/** A package of an original that arrived at a worker. */
export interface StageWazuh4Order {
  file: string;
  /** Where contents are staged, each under its hash. */
  directory: string;
  /** Says where files may be, and with which mode. */
  config: FilesConfig;
}

/** What was staged, in the terms of Muster's own syncs. */
export interface StagedSet {
  /** As far as its contents came; files that are to be removed have no size. */
  manifest: Manifest;
  /** Files that were made, by hash. */
  staged: Map<string, StagedFile>;
  /** Files whose content did not come as the list names it: they are left to the next round. */
  late: LateFile[];
  /** Why files are left out that this node does not take, whoever sends them; each names its file. */
  skipped: MusterError[];
}

/** A file that a package does not bring, and what is known of it: a master may have changed or removed it meanwhile. */
export interface LateFile {
  path: string;
  why: 'it is not in the package' | 'its content is not the announced one';
}

/**
 * Reads a package of an original and writes its contents into a staging directory, each under its hash, with the mode
 * that it will have. A file that this node does not take is skipped, and all others are staged. Nothing is left there of a
 * package that is refused, as one is for which the disk has no room. Rejects with 3112 to 3115, 3036, 3040, 3119.
 */
export async function stageWazuh4Package(
  { file, directory, config }: StageWazuh4Order,
  fs: SyncFileSystem = realFileSystem,
  roomBytesIn: (directory: string) => number = contentRoomBytes,
): Promise<StagedSet> {
  const stager = new Stager(directory, new PathRules(config), fs);
  try {
    const list = await readWazuh4Package(file, stager, roomBytesIn(directory));
    const set = stager.settle(decodeWazuh4Manifest(list));
    faultPoint('package.staged');
    return set;
  } catch (error) {
    stager.undo();
    const { code, detail } = MusterError.from(error, 3119);
    throw new MusterError(code, `${basename(file)}: ${detail}`, { cause: error });
  }
}

/** Content that one package may bring: it says of none how long it is, and is not to fill the disk. */
export function contentRoomBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return Math.min(bavail * bsize, WAZUH4_MAX_CONTENT_BYTES);
}

/** Where the content goes of a file that is skipped. */
const NOWHERE: ContentSink = { write: () => {}, end: () => {} };

interface Arrived {
  readonly hash: string;
  readonly size: number;
}

class Stager {
  readonly #directory: string;
  readonly #rules: PathRules;
  readonly #fs: SyncFileSystem;
  /** By path. */
  readonly #arrived = new Map<string, Arrived>();
  /** By path. */
  readonly #skipped = new Map<string, MusterError>();
  /** By hash. */
  readonly #made = new Map<string, StagedFile>();
  #unfinished: Unfinished | null = null;
  /** A file that is being made in one go: where that fails, half of it may be there. */
  #inHand: string | null = null;

  constructor(directory: string, rules: PathRules, fs: SyncFileSystem) {
    this.#directory = directory;
    this.#rules = rules;
    this.#fs = fs;
  }

  whole(path: string, content: Buffer): void {
    const mode = this.#modeOf(path);
    if (mode === null) return;
    const hash = digestOf(content);
    this.#arrived.set(path, { hash, size: content.length });
    const staged = `${this.#directory}/${hash}`;
    this.#inHand = staged;
    const made = createOnce(this.#fs, { path, content, mode, staged });
    this.#inHand = null;
    if (made !== null) this.#made.set(hash, made);
  }

  /** The mode that a file has here; null for one that is skipped. Throws 3114 for a path that leads out of the home. */
  #modeOf(path: string): number | null {
    if (!staysBelow(path)) throw unsafe(path, 'it is not a plain relative path');
    try {
      return this.#rules.check(path).permissions;
    } catch (error) {
      this.#skipped.set(path, MusterError.from(error));
      return null;
    }
  }

  begin(path: string): ContentSink {
    const mode = this.#modeOf(path);
    if (mode === null) return NOWHERE;
    const unfinished = new Unfinished(this.#fs, path, `${this.#directory}/arriving`, mode);
    this.#unfinished = unfinished;
    return {
      write: (piece) => unfinished.write(piece),
      end: () => {
        const { hash, staged } = unfinished.close();
        this.#arrived.set(path, { hash, size: staged.size });
        this.#place(unfinished, hash, staged);
        this.#unfinished = null;
      },
    };
  }

  /** The same content may stand in two packages, or under two paths. */
  #place({ path, file }: Unfinished, hash: string, staged: StagedFile): void {
    const target = `${this.#directory}/${hash}`;
    naming(path, () => {
      if (this.#fs.lstat(target) !== null) return this.#fs.unlink(file);
      this.#fs.rename(file, target);
      this.#made.set(hash, staged);
    });
  }

  /** Compares what came with what the list names. Throws 3115 for a file that it does not name. */
  settle({ missing, shared, extra }: Record<'missing' | 'shared' | 'extra', Wazuh4Set>): StagedSet {
    for (const path of [...this.#arrived.keys(), ...this.#skipped.keys()])
      if (!missing.has(path) && !shared.has(path))
        throw new MusterError(3115, `its list does not name ${JSON.stringify(path)}`);
    const late: LateFile[] = [];
    const [created, updated] = [this.#brought(missing, late), this.#brought(shared, late)];
    const wanted = new Set([...created.values(), ...updated.values()].map(({ hash }) => hash));
    for (const hash of this.#made.keys()) if (!wanted.has(hash)) this.#remove(hash);
    const removed = new Map<string, FileMetadata>();
    for (const [path, metadata] of extra)
      if (this.#modeOf(path) !== null) removed.set(path, { ...metadata, size: 0 });
    const manifest = { missing: created, shared: updated, extra: removed, deferred: late.length };
    return { manifest, staged: this.#made, late, skipped: [...this.#skipped.values()] };
  }

  #brought(files: Wazuh4Set, late: LateFile[]): Map<string, FileMetadata> {
    const brought = new Map<string, FileMetadata>();
    for (const [path, metadata] of files) {
      const arrived = this.#arrived.get(path);
      if (arrived?.hash === metadata.hash) brought.set(path, { ...metadata, size: arrived.size });
      else if (this.#isSkipped(path)) continue;
      else if (arrived === undefined) late.push({ path, why: 'it is not in the package' });
      else late.push({ path, why: 'its content is not the announced one' });
    }
    return brought;
  }

  /** What has arrived was looked at then. */
  #isSkipped(path: string): boolean {
    return !this.#arrived.has(path) && (this.#skipped.has(path) || this.#modeOf(path) === null);
  }

  #remove(hash: string): void {
    this.#made.delete(hash);
    naming(hash, () => this.#fs.unlink(`${this.#directory}/${hash}`));
  }

  /** Never throws: the first failure is the one to tell of, and the directory goes with the sync. */
  undo(): void {
    try {
      this.#unfinished?.abandon();
      if (this.#inHand !== null) this.#fs.unlink(this.#inHand);
      for (const hash of this.#made.keys()) this.#remove(hash);
    } catch {
      // See above.
    }
  }
}

/** A content on its way to the disk. */
class Unfinished {
  readonly path: string;
  readonly file: string;
  readonly #fs: SyncFileSystem;
  readonly #descriptor: number;
  readonly #hash: Hash = createHash('blake2b512');
  #isOpen = true;

  constructor(fs: SyncFileSystem, path: string, file: string, mode: number) {
    this.#fs = fs;
    this.path = path;
    this.file = file;
    this.#descriptor = naming(path, () => fs.begin(file, mode));
  }

  write(piece: Buffer): void {
    this.#hash.update(piece);
    try {
      this.#fs.append(this.#descriptor, piece);
    } catch (error) {
      throw named(this.path, error);
    }
  }

  close(): { hash: string; staged: StagedFile } {
    this.#isOpen = false;
    const staged = naming(this.path, () => this.#fs.end(this.#descriptor));
    return { hash: this.#hash.digest('hex'), staged };
  }

  abandon(): void {
    if (this.#isOpen) this.#fs.end(this.#descriptor);
    this.#fs.unlink(this.file);
  }
}
