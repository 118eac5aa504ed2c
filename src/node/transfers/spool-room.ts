import { rm } from 'node:fs/promises';
import { MusterError } from '../../protocol/errors.ts';
import type { TransferLimits } from './limits.ts';
import { listSpool, PART_SUFFIX, type SpooledFile } from './prune.ts';
import { Turns } from './turns.ts';

export type SpoolLimits = Pick<TransferLimits, 'spoolPeerBytes' | 'spoolTotalBytes'>;

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
  /** Size of that part, 0 if there is none. */
  readonly partBytes: number;
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
 * The disk that arriving files may take. A peer is held to what it announces; all peers together to what has arrived.
 * So whoever announces much takes room from nobody but itself, and the disk is bounded all the same: each piece asks
 * again.
 */
export class SpoolRoom {
  readonly #deps: SpoolRoomDeps;
  readonly #turns = new Turns();
  /** By directory: at least what lies there and is not arriving. Measured again before anything is refused. */
  readonly #resting = new Map<string, number>();
  /** What rests and what has arrived, in all directories. */
  #totalBytes = 0;
  #survey: Promise<void> | null = null;

  constructor(deps: SpoolRoomDeps) {
    this.#deps = deps;
  }

  /** Resolves when there is room for the announced file; rejects with 3113 if there is none. */
  async admit(wanted: Wanted): Promise<void> {
    const { directory } = wanted;
    // What an earlier life of the node left counts, also where no peer has come back to.
    this.#survey ??= this.measureAll().catch((error) => {
      this.#survey = null;
      throw error;
    });
    await this.#survey;
    if (!this.#resting.has(directory)) await this.#measure(directory);
    if (this.#peerExcess(wanted) > 0) {
      await this.#measure(directory);
      await this.#removeParts(wanted, this.#peerExcess(wanted));
    }
    if (this.#totalExcess(neededBytes(wanted)) > 0) {
      await this.#turns.take(EVERYWHERE, () => this.#makeRoom(neededBytes(wanted)));
      await this.#removeParts(wanted, this.#totalExcess(neededBytes(wanted)));
    }
    if (this.#peerExcess(wanted) <= 0 && this.#totalExcess(neededBytes(wanted)) <= 0) return;
    const held = this.#peerBytes(directory);
    throw new MusterError(3113, `no room for ${wanted.sizeBytes} bytes beside ${held} in ${directory}`);
  }

  /** What lay there of the file is arriving now. */
  begin(file: Arriving, partBytes: number): void {
    this.#rest(file.directory, -partBytes);
    this.#totalBytes += file.arrivedBytes;
  }

  /** What has arrived of the file lies there now. */
  end(file: Arriving): void {
    this.#totalBytes -= file.arrivedBytes;
    this.#rest(file.directory, file.arrivedBytes);
  }

  /** Takes room for the next bytes of a file: at once, null, or when others' leftovers are gone. Rejects with 3113. */
  claim(file: Arriving, bytes: number): Promise<void> | null {
    if (this.#take(file, bytes)) return null;
    return this.#turns.take(EVERYWHERE, async () => {
      if (this.#take(file, bytes)) return;
      await this.#makeRoom(file.sizeBytes - file.arrivedBytes);
      if (this.#take(file, bytes)) return;
      throw new MusterError(3113, `no room for ${bytes} more bytes in the spool`);
    });
  }

  /** The directory was looked through. */
  async #measure(directory: string): Promise<void> {
    const files = await listSpool(directory);
    const arriving = new Set([...this.#deps.arriving].map(({ partPath }) => partPath));
    const resting = files.filter(({ path }) => !arriving.has(path));
    const bytes = resting.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#rest(directory, bytes - (this.#resting.get(directory) ?? 0));
  }

  /** Looks through all directories, and forgets those that hold nothing and have no peer. */
  async measureAll(): Promise<void> {
    for (const directory of new Set([...(await this.#deps.directories()), ...this.#resting.keys()])) {
      // Whoever has files in it hears of the trouble; others do not suffer from it.
      await this.#measure(directory).catch(() => {});
      if (this.#resting.get(directory) === 0 && !this.#deps.isInUse(directory))
        this.#resting.delete(directory);
    }
  }

  /** Removes what nobody is going to use, the oldest first, until so many bytes have room. */
  async #makeRoom(bytes: number): Promise<void> {
    await this.measureAll();
    if (this.#totalExcess(bytes) <= 0) return;
    const leftovers: (SpooledFile & { directory: string })[] = [];
    for (const directory of this.#resting.keys()) {
      if (this.#deps.isInUse(directory)) continue;
      const files = await listSpool(directory).catch(() => []);
      leftovers.push(...files.map((file) => ({ ...file, directory })));
    }
    for (const file of leftovers.sort(byAge)) {
      if (this.#totalExcess(bytes) <= 0) return;
      // Its peer may have come back meanwhile.
      if (this.#deps.isInUse(file.directory)) continue;
      // What cannot be removed stays; whether it is enough without it is seen afterwards.
      await this.#deps.alone(file.directory, () => this.#remove(file.directory, file)).catch(() => {});
    }
  }

  /** Removes parts that lie beside the wanted one, the oldest first, until so many bytes are free. */
  async #removeParts({ directory, partPath }: Wanted, bytes: number): Promise<void> {
    if (bytes <= 0) return;
    const files = await listSpool(directory);
    let left = bytes;
    for (const file of files.sort(byAge)) {
      if (left <= 0) return;
      const isArriving = [...this.#deps.arriving].some((other) => other.partPath === file.path);
      if (isArriving || file.path === partPath || !file.path.endsWith(PART_SUFFIX)) continue;
      await this.#remove(directory, file);
      left -= file.sizeBytes;
    }
  }

  async #remove(directory: string, { path, sizeBytes }: SpooledFile): Promise<void> {
    await rm(path, { force: true }).catch((error) => {
      throw new MusterError(3119, `${path}: ${error.message}`, { cause: error });
    });
    this.#rest(directory, -sizeBytes);
  }

  #take(file: Arriving, bytes: number): boolean {
    if (this.#totalExcess(bytes) > 0) return false;
    file.arrivedBytes += bytes;
    this.#totalBytes += bytes;
    return true;
  }

  /** How many bytes too many the peer would have with this file. */
  #peerExcess({ directory, partBytes, sizeBytes }: Wanted): number {
    return this.#peerBytes(directory) - partBytes + sizeBytes - this.#deps.limits.spoolPeerBytes;
  }

  /** How many bytes too many there would be with so many more. */
  #totalExcess(bytes: number): number {
    return this.#totalBytes + bytes - this.#deps.limits.spoolTotalBytes;
  }

  /** What lies in a directory, with the announced size for what is arriving. */
  #peerBytes(directory: string): number {
    let bytes = this.#resting.get(directory) ?? 0;
    for (const file of this.#deps.arriving) if (file.directory === directory) bytes += file.sizeBytes;
    return bytes;
  }

  /** Less than nothing can only rest where files went unseen: that is nothing. */
  #rest(directory: string, bytes: number): void {
    const before = this.#resting.get(directory) ?? 0;
    const after = Math.max(0, before + bytes);
    this.#resting.set(directory, after);
    this.#totalBytes += after - before;
  }
}

const neededBytes = ({ partBytes, sizeBytes }: Wanted) => Math.max(0, sizeBytes - partBytes);
const byAge = (a: SpooledFile, b: SpooledFile) => a.modifiedMs - b.modifiedMs;
