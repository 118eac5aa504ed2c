import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_SPOOL_AGE_MS, type TransferLimits } from './limits.ts';
import { listSpool, PART_SUFFIX, pruneSpool, statIfThere } from './prune.ts';

/** One path component, harmless in every file system; the names of Muster are a digest or a task with a suffix. */
const SPOOL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
const DIGEST = /^[0-9a-f]{128}$/;

export interface SpoolRequest {
  directory: string;
  name: string;
  sizeBytes: number;
  /** BLAKE2b-512, hex: parts are kept under it, whatever the name of the file. */
  digest: string;
}

/** A place for one file that is arriving. */
export interface SpoolEntry extends SpoolRequest {
  readonly partPath: string;
  readonly finalPath: string;
  /** What an earlier transfer of the same content left. */
  readonly offset: number;
  /** Whether the part may be resumed. A second transfer of the same content at the same time has a part of its own. */
  readonly isResumable: boolean;
  /** Set while the owner is closing the file. */
  leaving: Promise<void> | null;
}

/**
 * Who receives what where, within the limits of disk. Two transfers never write one part, and a transfer that takes the
 * place of one that has just ended waits until that one has closed the file.
 */
export class Spool {
  readonly #limits: Pick<TransferLimits, 'spoolPeerBytes' | 'spoolTotalBytes'>;
  readonly #clock: { now(): number };
  readonly #entries = new Set<SpoolEntry>();
  /** By directory: at least what lies there or was announced. Measured again before anything is refused. */
  readonly #estimates = new Map<string, number>();
  /** By directory: its requests are served one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #lastSuffix = 0;

  constructor(limits: Pick<TransferLimits, 'spoolPeerBytes' | 'spoolTotalBytes'>, clock: { now(): number }) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * Rejects with 3114 for a name that could leave the directory, 3113 if there is no room, 3110 if other content is
   * arriving under this name, 3119 if the directory cannot be used.
   */
  enter(request: SpoolRequest): Promise<SpoolEntry> {
    const { directory } = request;
    const entered = (this.#turns.get(directory) ?? Promise.resolve()).then(() => this.#enter(request));
    const over = entered.catch(() => {
      // The caller has the error; the next one in turn must not.
    });
    this.#turns.set(directory, over);
    return entered;
  }

  /** Gives the place back when `closed` has resolved; it must not reject. */
  leave(entry: SpoolEntry, closed: Promise<void>): void {
    entry.leaving = closed.then(() => {
      this.#entries.delete(entry);
    });
  }

  isActive(path: string): boolean {
    return [...this.#entries].some(({ partPath }) => partPath === path);
  }

  async #enter(request: SpoolRequest): Promise<SpoolEntry> {
    const { directory, name, digest, sizeBytes } = request;
    if (!SPOOL_NAME.test(name) || name.endsWith(PART_SUFFIX))
      throw new MusterError(3114, JSON.stringify(name));
    if (!DIGEST.test(digest)) throw new MusterError(3108, 'the digest of a file is 128 hex digits');
    await mkdir(directory, { recursive: true, mode: 0o770 }).catch((error) => {
      throw new MusterError(3119, `${directory}: ${error.message}`, { cause: error });
    });
    await this.#waitForLeaving(request);
    const namesake = this.#in(directory).find((entry) => entry.name === name && entry.digest !== digest);
    if (namesake !== undefined)
      throw new MusterError(3110, `${name} is arriving already, with other content`);
    await this.#makeRoom(directory, digest, sizeBytes);
    const entry = await this.#place(request);
    this.#entries.add(entry);
    return entry;
  }

  async #waitForLeaving({ directory, name, digest }: SpoolRequest): Promise<void> {
    const related = this.#in(directory).filter((entry) => entry.name === name || entry.digest === digest);
    await Promise.all(related.map(({ leaving }) => leaving));
  }

  async #place(request: SpoolRequest): Promise<SpoolEntry> {
    const { directory, name, digest, sizeBytes } = request;
    const finalPath = join(directory, name);
    const shared = join(directory, `${digest}${PART_SUFFIX}`);
    if (this.isActive(shared)) {
      this.#lastSuffix += 1;
      const partPath = join(directory, `${digest}-${this.#lastSuffix}${PART_SUFFIX}`);
      return { ...request, partPath, finalPath, offset: 0, isResumable: false, leaving: null };
    }
    const part = await statIfThere(shared);
    if (part !== null && !part.isFile()) throw new MusterError(3119, `${shared}: not a regular file`);
    // A part that is longer than the whole can only be damaged: it is begun again.
    const offset = part === null || part.size > sizeBytes ? 0 : part.size;
    return { ...request, partPath: shared, finalPath, offset, isResumable: true, leaving: null };
  }

  async #makeRoom(directory: string, digest: string, sizeBytes: number): Promise<void> {
    if (!this.#estimates.has(directory)) await this.#measure(directory);
    if (this.#reserve(directory, sizeBytes)) return;
    for (const known of this.#estimates.keys()) await this.#measure(known);
    if (this.#reserve(directory, sizeBytes)) return;
    const wanted = join(directory, `${digest}${PART_SUFFIX}`);
    await pruneSpool(directory, {
      maxBytes: Math.max(0, this.#limits.spoolPeerBytes - sizeBytes),
      maxAgeMs: MAX_SPOOL_AGE_MS,
      nowMs: this.#clock.now(),
      isActive: (path) => path === wanted || this.isActive(path),
      partsOnly: true,
    });
    await this.#measure(directory);
    if (this.#reserve(directory, sizeBytes)) return;
    const held = this.#estimates.get(directory) ?? 0;
    throw new MusterError(3113, `no room for ${sizeBytes} bytes beside ${held} in ${directory}`);
  }

  /** Looks and takes in one step, so that no other directory's request comes in between. */
  #reserve(directory: string, sizeBytes: number): boolean {
    let total = 0;
    for (const bytes of this.#estimates.values()) total += bytes;
    const own = this.#estimates.get(directory) ?? 0;
    const { spoolPeerBytes, spoolTotalBytes } = this.#limits;
    const fits = own + sizeBytes <= spoolPeerBytes && total + sizeBytes <= spoolTotalBytes;
    if (fits) this.#estimates.set(directory, own + sizeBytes);
    return fits;
  }

  /** What lies there, with the announced size in place of the actual one for what is arriving. */
  async #measure(directory: string): Promise<void> {
    let bytes = 0;
    for (const { path, sizeBytes } of await listSpool(directory)) {
      if (!this.isActive(path)) bytes += sizeBytes;
    }
    for (const entry of this.#in(directory)) bytes += entry.sizeBytes;
    this.#estimates.set(directory, bytes);
  }

  #in(directory: string): SpoolEntry[] {
    return [...this.#entries].filter((entry) => entry.directory === directory);
  }
}
