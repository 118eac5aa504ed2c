import { createHash } from 'node:crypto';
import { closeSync, unlinkSync } from 'node:fs';
import { createDeflate, deflateSync } from 'node:zlib';
import { MusterError } from '../../protocol/errors.ts';
import type { Comparison } from '../compare.ts';
import { digestOf } from '../digest.ts';
import { identityOf, sameIdentity } from '../identity.ts';
import type { FileMetadata, FileSet } from '../metadata.ts';
import { named, notWritten } from '../naming.ts';
import type { Known } from '../package.ts';
import type { ReadFileSystem } from '../ports.ts';
import { realReadFileSystem, refusalOf } from '../walk.ts';
import { ENTRY_END, LIST_NAME, PATH_END } from './format.ts';
import { WAZUH4_WHOLE_ENTRY_BYTES } from './limits.ts';
import { encodeWazuh4Manifest, encodeWazuh4Metadata } from './list.ts';
import { deflateBound } from './one-shot.ts';
import { OpenedFile, Unreadable } from './opened-file.ts';
import { Pump } from './pump.ts';
import { PackageWriter } from './writer.ts';

/** What a worker that runs the original is to be sent. */
export interface PackWazuh4Order {
  home: string;
  comparison: Comparison;
  /** Where the package is written. */
  file: string;
  /** zlib level. */
  level: number;
  /** Bytes of all entries, the list not counted; and content of one file. */
  limitBytes: number;
}

/** A file that is left to a later round. */
export interface LeftOut {
  readonly path: string;
  /**
   * `limit`: no room any more. `too-large`: never any room. `changed`: no longer what was compared, or gone. `separator`:
   * however it is compressed, it holds what ends an entry. Otherwise why it cannot be read.
   */
  readonly why: 'limit' | 'too-large' | 'changed' | 'separator' | { readonly problem: string };
}

export interface PackedWazuh4 {
  sizeBytes: number;
  /** Hex. */
  sha256: string;
  /** Files whose content is in it. */
  files: number;
  left: LeftOut[];
}

const knowsNothing: Known = () => false;

/**
 * Writes the package of a sync: what the worker lacks and has otherwise, and the list, which names only what is in the
 * package or to be removed. A file that is no longer what was compared is left out, so that none travels under a wrong
 * digest; and so is one in whose entry the original would find its end too early, at any level. After the first that has no
 * room, nothing more is packed, as by the original. Rejects with 3001 if the package
 * cannot be written, 3119 where no file can be read at all, and not for what each of them is; nothing is left at its place then.
 */
export async function packWazuh4(
  { home, comparison, file, level, limitBytes }: PackWazuh4Order,
  known: Known = knowsNothing,
  source: ReadFileSystem = realReadFileSystem,
): Promise<PackedWazuh4> {
  return await writing(file, level, async (writer) => {
    const left: LeftOut[] = [];
    const packer = new Packer(writer, { home, level, limitBytes }, known, source);
    const [missing, shared] = [new Map<string, FileMetadata>(), new Map<string, FileMetadata>()];
    for (const [from, to] of [
      [comparison.missing, missing],
      [comparison.shared, shared],
    ] as const) {
      for (const [path, metadata] of from) {
        const why = await packer.add(path, metadata);
        if (why === null) to.set(path, metadata);
        else left.push({ path, why });
      }
    }
    if (missing.size + shared.size === 0) packer.throwRefusal();
    const list = encodeWazuh4Manifest({ missing, shared, extra: comparison.extra });
    return { ...ended(writer, list), files: missing.size + shared.size, left };
  });
}

/** Writes what a worker sends: its list, and nothing else. Rejects with 3001. */
export async function packWazuh4List(
  files: FileSet,
  file: string,
  level: number,
): Promise<Pick<PackedWazuh4, 'sizeBytes' | 'sha256'>> {
  return await writing(file, level, async (writer) => ended(writer, encodeWazuh4Metadata(files)));
}

/** The list is the last entry, with nothing behind it. */
function ended(writer: PackageWriter, list: Uint8Array): Pick<PackedWazuh4, 'sizeBytes' | 'sha256'> {
  writer.begin(LIST_NAME);
  writer.appendDeflated(list);
  return writer.close();
}

async function writing<Result>(
  file: string,
  level: number,
  work: (writer: PackageWriter) => Promise<Result>,
): Promise<Result> {
  let writer: PackageWriter | null = null;
  try {
    writer = new PackageWriter(file, level);
    return await work(writer);
  } catch (error) {
    if (writer !== null) giveUp(writer, file);
    if (error instanceof MusterError) throw error;
    throw notWritten(file, error);
  }
}

/** The failure that led here is the one to tell of. */
function giveUp(writer: PackageWriter, file: string): void {
  for (const step of [() => writer.abandon(), () => unlinkSync(file)]) {
    try {
      step();
    } catch {
      // See above.
    }
  }
}

type Why = LeftOut['why'];
interface OpenFile {
  readonly content: OpenedFile;
  readonly path: string;
  readonly metadata: FileMetadata;
}

/** What is read of a large file at a time. */
const PIECE_BYTES = 262_144;
/** How much of a large file is compressed to find out whether that is worth it. */
const PROBE_BYTES = 65_536;
/** Compressed to less than this share, it is. */
const WORTHWHILE_SHARE = 0.9;
/** Of one unit of a path, as UTF-8. */
const MAX_UTF8_BYTES = 3;

class Packer {
  readonly #writer: PackageWriter;
  readonly #order: Pick<PackWazuh4Order, 'home' | 'level' | 'limitBytes'>;
  readonly #known: Known;
  readonly #source: ReadFileSystem;
  /** What small files are read into; one byte more than they may have, so that a longer one shows. */
  readonly #content = Buffer.allocUnsafeSlow(WAZUH4_WHOLE_ENTRY_BYTES + 1);
  #isFull = false;
  /** The first error that may be that of every file. */
  #refusal: MusterError | null = null;

  constructor(
    writer: PackageWriter,
    order: Pick<PackWazuh4Order, 'home' | 'level' | 'limitBytes'>,
    known: Known,
    source: ReadFileSystem,
  ) {
    this.#writer = writer;
    this.#order = order;
    this.#known = known;
    this.#source = source;
  }

  /** Null if the file is in the package now. */
  async add(path: string, metadata: FileMetadata): Promise<Why | null> {
    if (this.#isFull) return 'limit';
    if (metadata.size > this.#order.limitBytes) return 'too-large';
    let descriptor: number;
    try {
      descriptor = this.#source.open(`${this.#order.home}/${path}`);
    } catch (error) {
      return this.#refused(path, error);
    }
    const file = { content: new OpenedFile(descriptor, this.#source), path, metadata };
    try {
      return await this.#open(file);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      // Asked only now: to ask of each file would be one more call for each.
      return file.content.isFile ? this.#refused(path, error.cause) : 'changed';
    } finally {
      closeSync(descriptor);
    }
  }

  /** Throws 3119 if a file could not be read of which that says nothing: where no other could be either, it is the disk. */
  throwRefusal(): void {
    if (this.#refusal !== null) throw this.#refusal;
  }

  #refused(path: string, error: unknown): Why {
    const { problem, isOfFile } = refusalOf(error);
    if (problem === null) return 'changed';
    if (!isOfFile) this.#refusal ??= named(path, error);
    return { problem };
  }

  /** Throws `Unreadable`; nothing was written then. */
  async #open(file: OpenFile): Promise<Why | null> {
    const level = this.#levelFor(file);
    const why = await this.#entry(file, level);
    const otherLevel = Math.max(this.#order.level, 1);
    return why === 'separator' && level !== otherLevel ? await this.#entry(file, otherLevel) : why;
  }

  /** Null if it was written; otherwise nothing was. */
  async #entry(file: OpenFile, level: number): Promise<Why | null> {
    const { path } = file;
    const mark = this.#writer.mark(isSmall(file) ? roomOf(file) : Number.POSITIVE_INFINITY);
    this.#writer.begin(path);
    let isRight: boolean;
    try {
      isRight = isSmall(file) ? this.#whole(file, level) : await this.#pieces(file, level);
    } catch (error) {
      if (error instanceof Unreadable) this.#writer.rollBack(mark);
      throw error;
    }
    const isReadable = this.#writer.end();
    this.#isFull = isRight && this.#hasNoRoom;
    if (isRight && isReadable && !this.#isFull) return null;
    this.#writer.rollBack(mark);
    if (!isRight) return 'changed';
    return this.#isFull ? 'limit' : 'separator';
  }

  /** What does not compress is not compressed: it would cost ten times as much, for nothing. */
  #levelFor(file: OpenFile): number {
    const { level } = this.#order;
    if (isSmall(file)) return level;
    const probe = Buffer.allocUnsafe(PROBE_BYTES);
    const probed = probe.subarray(0, file.content.read(probe, PROBE_BYTES, 0));
    return deflateSync(probed, { level }).length < probed.length * WORTHWHILE_SHARE ? level : 0;
  }

  get #hasNoRoom(): boolean {
    return this.#writer.sizeBytes > this.#order.limitBytes;
  }

  /** Whether the file is what was compared. */
  #whole(file: OpenFile, level: number): boolean {
    const { path, metadata } = file;
    const { size, hash } = metadata;
    // Less than was asked for is all that there is.
    if (file.content.read(this.#content, size + 1, 0) !== size) return false;
    const whole = this.#content.subarray(0, size);
    const identity = identityOf(file.content.stats());
    if (!this.#known(path, hash, identity) && digestOf(whole) !== hash) return false;
    this.#writer.appendDeflated(whole, level);
    return true;
  }

  /** The same, piece by piece; stops where there is no room any more. */
  async #pieces(file: OpenFile, level: number): Promise<boolean> {
    const { path, metadata } = file;
    const { size, hash } = metadata;
    const before = identityOf(file.content.stats());
    if (before.size !== size) return false;
    const digest = this.#known(path, hash, before) ? null : createHash('blake2b512');
    const deflate = createDeflate({ level, chunkSize: PIECE_BYTES });
    const pump = new Pump(deflate, (bytes) => this.#writer.append(bytes));
    const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
    try {
      let readBytes = 0;
      while (readBytes <= size) {
        const piece = buffer.subarray(0, file.content.read(buffer, PIECE_BYTES, readBytes));
        if (piece.length === 0) break;
        readBytes += piece.length;
        digest?.update(piece);
        await pump.feed(piece);
        // It will not have room, whatever it is: the caller looks at that first.
        if (this.#hasNoRoom) return true;
      }
      await pump.finish();
      const isSame = readBytes === size && sameIdentity(before, identityOf(file.content.stats()));
      return isSame && (digest === null || digest.digest('hex') === hash);
    } finally {
      pump.close();
    }
  }
}

/** Read and compressed in one piece. */
const isSmall = ({ metadata: { size } }: OpenFile): boolean => size <= WAZUH4_WHOLE_ENTRY_BYTES;

/** What a small entry takes at most. */
const roomOf = ({ path, metadata: { size } }: OpenFile): number =>
  path.length * MAX_UTF8_BYTES + PATH_END.length + deflateBound(size) + ENTRY_END.length;
