import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSentFile, sentFileName } from '../../../machines/transfer/sent-file.ts';
import { fileSystemError } from '../../config/system-words.ts';
import { KeyedTurns } from '../../keyed-turns.ts';
import { MusterError } from '../../protocol/errors.ts';
import { amountOf, NOTHING } from './amount.ts';
import { PART_SUFFIX, type PruneOptions, pruneSpool, removeIfEmpty, statIfThere } from './prune.ts';
import { NOTHING_AT_ALL } from './quotas.ts';
import { type Arriving, type SpoolLimits, SpoolRoom, type Wanted } from './spool-room.ts';

/** One path component, harmless in every file system; the names of Muster are a digest or a task with a suffix. */
const SPOOL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
const DIGEST = /^[0-9a-f]{128}$/;

export interface SpoolRequest {
  /** As long as it lives, somebody may be about to use what lies in the directory. */
  connectionId: number;
  directory: string;
  name: string;
  sizeBytes: number;
  /** BLAKE2b-512, hex: parts are kept under it, whatever the name of the file. Null if it is not known: then nothing is resumed. */
  digest: string | null;
}

/** A place for one file that is arriving. */
export interface SpoolEntry extends Readonly<SpoolRequest>, Arriving {
  readonly directory: string;
  readonly sizeBytes: number;
  readonly finalPath: string;
  /** What an earlier transfer of the same content left. */
  readonly offset: number;
  /** Whether the part may be resumed. A second transfer of the same content at the same time has a part of its own. */
  readonly isResumable: boolean;
  /** Set while the owner is closing the file. */
  leaving: Promise<void> | null;
}

export type SpoolPruneOptions = Omit<PruneOptions, 'isActive'>;

export interface SweepReport {
  /** Paths of files. */
  readonly removed: string[];
  /** What could not be removed, or looked at. */
  readonly failures: MusterError[];
}

/** All directories of peers that there are, those of peers that are gone among them. */
export type SpoolDirectories = () => Promise<readonly string[]>;

/**
 * Who receives what where, within the limits of disk. Two transfers never write one part, and a transfer that takes the
 * place of one that has just ended waits until that one has closed the file.
 */
export class Spool {
  readonly #entries = new Set<SpoolEntry>();
  readonly #room: SpoolRoom;
  readonly #directories: SpoolDirectories;
  /** By directory: its requests are served one after the other. */
  readonly #turns = new KeyedTurns<string>();
  /** By connection: the directory that its peer's files arrive in. */
  readonly #users = new Map<number, string>();
  #lastSuffix = 0;

  constructor(limits: SpoolLimits, directories: SpoolDirectories) {
    this.#directories = directories;
    this.#room = new SpoolRoom({
      limits,
      arriving: this.#entries,
      directories,
      isInUse: (directory) => this.#isInUse(directory),
      alone: (directory, work) => this.#turns.run(directory, work),
    });
  }

  /**
   * Rejects with 3114 for a name that could leave the directory, 3113 if there is no room, 3110 if other content is
   * arriving under this name, 3119 if the directory cannot be used.
   */
  enter(request: SpoolRequest): Promise<SpoolEntry> {
    this.#users.set(request.connectionId, request.directory);
    return this.#turns.run(request.directory, () => this.#enter(request));
  }

  /** Room for the next bytes of the file: null if they have it, else resolves when they do. Rejects with 3113. */
  claim(entry: SpoolEntry, bytes: number): Promise<void> | null {
    return this.#room.claim(entry, bytes);
  }

  /** Gives the place back when `closed` has resolved; it must not reject. */
  leave(entry: SpoolEntry, closed: Promise<void>): void {
    entry.leaving = closed.then(() => {
      this.#entries.delete(entry);
      this.#room.end(entry);
    });
  }

  /**
   * The connection has ended: nobody asks for the complete files of its peer. Its directory goes if nothing lies in it, so
   * that peers that come under ever new names do not leave one each.
   */
  releaseConnection(connectionId: number): void {
    const directory = this.#users.get(connectionId);
    this.#users.delete(connectionId);
    if (directory === undefined || [...this.#users.values()].includes(directory)) return;
    const removed = this.#turns.run(directory, async () => {
      await Promise.all(this.#in(directory).map(({ leaving }) => leaving));
      if (this.#in(directory).length === 0) removeIfEmpty(directory);
    });
    removed.catch(() => {
      // The next look through all directories finds it, and tells of it if it still cannot be removed.
    });
  }

  isActive(path: string): boolean {
    return [...this.#entries].some(({ partPath }) => partPath === path);
  }

  /** Removes what is of no use from a peer's directory; what is arriving stays. */
  prune(directory: string, options: SpoolPruneOptions): Promise<string[]> {
    const isActive = (path: string) => this.isActive(path);
    return this.#turns.run(directory, () => pruneSpool(directory, { ...options, isActive }));
  }

  /**
   * Removes the parts in a directory that nothing is arriving in, but for those that are wanted. Resolves to their paths;
   * rejects with 3119.
   */
  dropParts(directory: string, isWanted: (path: string) => boolean): Promise<string[]> {
    const isActive = (path: string) => this.isActive(path) || isWanted(path);
    const all = {
      allowed: NOTHING_AT_ALL,
      maxAgeMs: Number.POSITIVE_INFINITY,
      nowMs: 0,
      partsOnly: true,
    };
    return this.#turns.run(directory, () => pruneSpool(directory, { ...all, isActive }));
  }

  /**
   * Prunes all directories, those of peers that never come back among them, and removes the ones that are empty. A
   * directory that a file is arriving in is left to the next time. Rejects with 3119 if there is no looking at all.
   */
  async sweep(options: SpoolPruneOptions): Promise<SweepReport> {
    const report: SweepReport = { removed: [], failures: [] };
    for (const directory of await this.#directories()) {
      if (this.#turns.isTaken(directory) || this.#in(directory).length > 0) continue;
      await this.#turns
        .run(directory, async () => {
          report.removed.push(...(await pruneSpool(directory, options)));
          removeIfEmpty(directory);
        })
        .catch((error) => report.failures.push(MusterError.from(error)));
    }
    await this.#room.measureAll();
    return report;
  }

  async #enter(request: SpoolRequest): Promise<SpoolEntry> {
    const { directory, name, digest } = request;
    if (!SPOOL_NAME.test(name) || name.endsWith(PART_SUFFIX))
      throw new MusterError(3114, JSON.stringify(name));
    if (digest !== null && !DIGEST.test(digest))
      throw new MusterError(3108, 'the digest of a file is 128 hex digits');
    await mkdir(directory, { recursive: true, mode: 0o770 }).catch((error) => {
      throw fileSystemError(directory, error);
    });
    // Until it has left, a transfer that has ended holds what it announced.
    await Promise.all(this.#in(directory).map(({ leaving }) => leaving));
    const namesake = this.#in(directory).find(
      (entry) => entry.name === name && (digest === null || entry.digest !== digest),
    );
    if (namesake !== undefined)
      throw new MusterError(3110, `${name} is arriving already, with other content`);
    const place = await this.#place(request);
    return await this.#room.admit(place, () => this.#begin(request, place));
  }

  /** Where the file may arrive. */
  async #place({
    directory,
    name,
    digest,
    sizeBytes,
  }: SpoolRequest): Promise<Wanted & { isShared: boolean }> {
    const content = digest ?? 'untold';
    // A part of what somebody sends counts as that, also when the transfer has ended.
    const stem = isSentFile(name) ? sentFileName(content) : content;
    const shared = join(directory, `${stem}${PART_SUFFIX}`);
    if (digest === null || this.isActive(shared)) {
      this.#lastSuffix += 1;
      const partPath = join(directory, `${stem}-${this.#lastSuffix}${PART_SUFFIX}`);
      return { directory, partPath, part: NOTHING, sizeBytes, isShared: false };
    }
    const found = await statIfThere(shared);
    if (found !== null && !found.isFile()) throw new MusterError(3119, `${shared}: not a regular file`);
    const part = found === null ? NOTHING : amountOf([{ sizeBytes: found.size }]);
    return { directory, partPath: shared, part, sizeBytes, isShared: true };
  }

  #begin(request: SpoolRequest, { partPath, part, isShared }: Wanted & { isShared: boolean }): SpoolEntry {
    const { directory, name, sizeBytes } = request;
    // A part that is longer than the whole can only be damaged: it is begun again.
    const offset = part.bytes > sizeBytes ? 0 : part.bytes;
    const entry: SpoolEntry = {
      ...request,
      partPath,
      finalPath: join(directory, name),
      offset,
      arrivedBytes: offset,
      isResumable: isShared,
      leaving: null,
    };
    this.#entries.add(entry);
    this.#room.begin(entry, part);
    return entry;
  }

  #isInUse(directory: string): boolean {
    return (
      this.#turns.isTaken(directory) ||
      this.#in(directory).length > 0 ||
      [...this.#users.values()].includes(directory)
    );
  }

  #in(directory: string): SpoolEntry[] {
    return [...this.#entries].filter((entry) => entry.directory === directory);
  }
}
