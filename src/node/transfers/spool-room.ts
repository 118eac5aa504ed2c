import { rm } from 'node:fs/promises';
import { fileSystemError } from '../../config/system-words.ts';
import { KeyedTurns } from '../../keyed-turns.ts';
import { MusterError } from '../../protocol/errors.ts';
import { type Amount, amountOf, exceeds, minus, NOTHING, plus } from './amount.ts';
import type { TransferLimits } from './limits.ts';
import { listSpool, PART_SUFFIX, type SpooledFile } from './prune.ts';
import { allowedBy, amountsOf, type ByQuota, NOTHING_AT_ALL, QUOTAS, type Quota, quotaOf } from './quotas.ts';

export type SpoolLimits = Pick<
  TransferLimits,
  | 'spoolPeerBytes'
  | 'spoolPeerFiles'
  | 'spoolSentBytes'
  | 'spoolSentFiles'
  | 'spoolTotalBytes'
  | 'spoolTotalFiles'
>;

/** One file that is arriving. */
export interface Arriving {
  readonly directory: string;
  readonly partPath: string;
  /** As announced. */
  readonly sizeBytes: number;
  /** What lies there of it, and what is about to be written. */
  arrivedBytes: number;
}

/** A file that asks for room. */
export interface Wanted {
  readonly directory: string;
  /** The part that it goes on with, or takes the place of; it is not removed for its own sake. */
  readonly partPath: string;
  /** What that part takes: nothing if there is none. */
  readonly part: Amount;
  readonly sizeBytes: number;
}

export interface SpoolRoomDeps {
  readonly limits: SpoolLimits;
  /** What is arriving, at any time. */
  readonly arriving: ReadonlySet<Arriving>;
  /** All directories of peers that there are, those of peers that are gone among them. */
  directories(): Promise<readonly string[]>;
  /** Whether somebody may still use what lies in a directory: its peer is here, or has just left. */
  isInUse(directory: string): boolean;
  /** Removes by `remove` when nobody else works in the directory. */
  alone<Result>(directory: string, work: () => Promise<Result>): Promise<Result>;
}

/** Making room for all peers together is one piece of work at a time. */
const EVERYWHERE = '';

/**
 * The disk that arriving files may take, in bytes and in files. A peer is held to what it announces, apart in each quota;
 * all peers together to what has arrived. So whoever announces much takes room from nobody but itself, and the disk is bounded all the
 * same: each piece asks again.
 */
export class SpoolRoom {
  readonly #deps: SpoolRoomDeps;
  readonly #turns = new KeyedTurns<string>();
  /** By directory: at least what lies there and is not arriving. Measured again before anything is refused. */
  readonly #resting = new Map<string, ByQuota>();
  /** What rests and what has arrived, in all directories. */
  #total = NOTHING;
  #survey: Promise<void> | null = null;
  readonly #peerLimits: ByQuota;
  readonly #totalLimit: Amount;

  constructor(deps: SpoolRoomDeps) {
    this.#deps = deps;
    const { spoolTotalBytes, spoolTotalFiles } = deps.limits;
    this.#peerLimits = allowedBy(deps.limits);
    this.#totalLimit = { files: spoolTotalFiles, bytes: spoolTotalBytes };
  }

  /**
   * Begins with the announced file as soon as it has room, in the same breath: two never begin in the same place.
   * Rejects with 3113 if there is no room.
   */
  async admit<Begun>(wanted: Wanted, begin: () => Begun): Promise<Begun> {
    const { directory } = wanted;
    const quota = quotaOf(wanted.partPath);
    const peerLimit = this.#peerLimits[quota];
    // What an earlier life of the node left counts, also where no peer has come back to.
    this.#survey ??= this.measureAll().catch((error) => {
      this.#survey = null;
      throw error;
    });
    await this.#survey;
    if (!this.#resting.has(directory)) await this.#measure(directory);
    const fitsPeer = () => !exceeds(this.#peerWith(wanted), peerLimit);
    const fitsAll = () => this.#hasRoom(neededBy(wanted));
    if (!fitsPeer()) {
      await this.#measure(directory);
      await this.#removeParts(wanted, fitsPeer, (path) => quotaOf(path) === quota);
    }
    if (!fitsAll()) {
      await this.#turns.run(EVERYWHERE, () => this.#makeRoom(neededBy(wanted)));
      await this.#removeParts(wanted, fitsAll, () => true);
    }
    if (!fitsPeer()) throw noRoom(wanted, this.#peerHolds(directory, quota), peerLimit, directory);
    if (!fitsAll()) throw noRoom(wanted, this.#total, this.#totalLimit, 'the spools of all peers');
    return begin();
  }

  /** What lay there of the file is arriving now. */
  begin(file: Arriving, part: Amount): void {
    this.#rest(file.directory, quotaOf(file.partPath), minus(NOTHING, part));
    this.#total = plus(this.#total, arrivedOf(file));
  }

  /** What has arrived of the file lies there now. */
  end(file: Arriving): void {
    this.#total = minus(this.#total, arrivedOf(file));
    this.#rest(file.directory, quotaOf(file.partPath), arrivedOf(file));
  }

  /** Takes room for the next bytes of a file: at once, null, or when others' leftovers are gone. Rejects with 3113. */
  claim(file: Arriving, bytes: number): Promise<void> | null {
    if (this.#take(file, bytes)) return null;
    return this.#turns.run(EVERYWHERE, async () => {
      if (this.#take(file, bytes)) return;
      await this.#makeRoom({ files: 0, bytes: file.sizeBytes - file.arrivedBytes });
      if (this.#take(file, bytes)) return;
      throw new MusterError(3113, `no room for ${bytes} more bytes in the spool`);
    });
  }

  /** The directory was looked through. */
  async #measure(directory: string): Promise<void> {
    const files = await listSpool(directory);
    const arriving = new Set([...this.#deps.arriving].map(({ partPath }) => partPath));
    const resting = amountsOf(files.filter(({ path }) => !arriving.has(path)));
    const before = this.#resting.get(directory) ?? NOTHING_AT_ALL;
    for (const quota of QUOTAS) this.#rest(directory, quota, minus(resting[quota], before[quota]));
  }

  /** Looks through all directories, and forgets those that hold nothing and have no peer. */
  async measureAll(): Promise<void> {
    for (const directory of new Set([...(await this.#deps.directories()), ...this.#resting.keys()])) {
      // Whoever has files in it hears of the trouble; others do not suffer from it.
      await this.#measure(directory).catch(() => {});
      const resting = this.#resting.get(directory);
      const isEmpty = resting !== undefined && QUOTAS.every((quota) => resting[quota].files === 0);
      if (isEmpty && !this.#deps.isInUse(directory)) this.#resting.delete(directory);
    }
  }

  /** Removes what nobody is going to use, the oldest first, until so much has room. */
  async #makeRoom(needed: Amount): Promise<void> {
    await this.measureAll();
    if (this.#hasRoom(needed)) return;
    const leftovers: (SpooledFile & { directory: string })[] = [];
    for (const directory of this.#resting.keys()) {
      if (this.#deps.isInUse(directory)) continue;
      const files = await listSpool(directory).catch(() => []);
      leftovers.push(...files.map((file) => ({ ...file, directory })));
    }
    for (const file of leftovers.sort(byAge)) {
      if (this.#hasRoom(needed)) return;
      // Its peer may have come back meanwhile.
      if (this.#deps.isInUse(file.directory)) continue;
      // What cannot be removed stays; whether it is enough without it is seen afterwards.
      await this.#deps.alone(file.directory, () => this.#remove(file.directory, file)).catch(() => {});
    }
  }

  /** Removes parts that lie beside the wanted one, and whose going helps, the oldest first, until it fits. */
  async #removeParts(
    { directory, partPath }: Wanted,
    fits: () => boolean,
    helps: (path: string) => boolean,
  ): Promise<void> {
    if (fits()) return;
    for (const file of (await listSpool(directory)).sort(byAge)) {
      if (fits()) return;
      const isArriving = [...this.#deps.arriving].some((other) => other.partPath === file.path);
      if (isArriving || file.path === partPath || !file.path.endsWith(PART_SUFFIX)) continue;
      if (!helps(file.path)) continue;
      await this.#remove(directory, file);
    }
  }

  async #remove(directory: string, file: SpooledFile): Promise<void> {
    await rm(file.path, { force: true }).catch((error) => {
      throw fileSystemError(file.path, error);
    });
    this.#rest(directory, quotaOf(file.path), minus(NOTHING, amountOf([file])));
  }

  #take(file: Arriving, bytes: number): boolean {
    const more = { files: 0, bytes };
    if (!this.#hasRoom(more)) return false;
    file.arrivedBytes += bytes;
    this.#total = plus(this.#total, more);
    return true;
  }

  #hasRoom(needed: Amount): boolean {
    return !exceeds(plus(this.#total, needed), this.#totalLimit);
  }

  /** What the peer would have with this file, of its quota. */
  #peerWith({ directory, partPath, part, sizeBytes }: Wanted): Amount {
    const held = this.#peerHolds(directory, quotaOf(partPath));
    return plus(minus(held, part), { files: 1, bytes: sizeBytes });
  }

  /** What lies in a directory, with the announced size for what is arriving. */
  #peerHolds(directory: string, quota: Quota): Amount {
    const arriving = [...this.#deps.arriving].filter(
      (file) => file.directory === directory && quotaOf(file.partPath) === quota,
    );
    return plus(this.#resting.get(directory)?.[quota] ?? NOTHING, amountOf(arriving));
  }

  /** Less than nothing can only rest where files went unseen: that is nothing. */
  #rest(directory: string, quota: Quota, more: Amount): void {
    const all = this.#resting.get(directory) ?? NOTHING_AT_ALL;
    const before = all[quota];
    const { files, bytes } = plus(before, more);
    const after = { files: Math.max(0, files), bytes: Math.max(0, bytes) };
    this.#resting.set(directory, { ...all, [quota]: after });
    this.#total = plus(this.#total, minus(after, before));
  }
}

/** What of the file is not there yet. */
const neededBy = ({ part, sizeBytes }: Wanted): Amount => ({
  files: 1 - part.files,
  bytes: Math.max(0, sizeBytes - part.bytes),
});
const arrivedOf = ({ arrivedBytes }: Arriving): Amount => ({ files: 1, bytes: arrivedBytes });
const byAge = (a: SpooledFile, b: SpooledFile) => a.modifiedMs - b.modifiedMs;

function noRoom({ sizeBytes }: Wanted, held: Amount, allowed: Amount, where: string): MusterError {
  const beside = `${held.files} files with ${held.bytes} bytes in ${where}`;
  const most = `at most ${allowed.files} files and ${allowed.bytes} bytes are kept`;
  return new MusterError(3113, `no room for a file of ${sizeBytes} bytes beside ${beside}; ${most}`);
}
