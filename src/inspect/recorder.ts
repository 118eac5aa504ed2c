import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { pack } from 'msgpackr';
import { RECORDING_FLUSH_MS, RECORDING_SEGMENT_BYTES } from './limits.ts';
import type { InspectionRecord } from './records.ts';
import type { Tap, Watch } from './tap.ts';

/** What a recording begins with. */
export const RECORDING_HEAD = Buffer.from('muster recording 1\n');
/** Length of a record, little endian, in front of it. */
export const LENGTH_BYTES = 4;
/** It holds names of agents and files. */
const FILE_MODE = 0o640;
/** The older half of a recording. */
export const olderHalf = (file: string) => `${file}.1`;

/**
 * Keeps the last of what a node's actors and frames did: a file, and the one before it. When the file is full it takes the
 * place of the older one, and a new one begins with the actors that live then, so that each can be read by itself. What
 * happened since the last flush is lost when the process is killed.
 */
export class Recorder {
  readonly #file: string;
  readonly #segmentBytes: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #watch: Watch;
  #descriptor: number | null = null;
  #writtenBytes = 0;
  #waiting: Buffer[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** Begins anew, whatever stands there. Throws if the file cannot be made; `onFailure` hears why it ends later. */
  constructor(
    tap: Tap,
    file: string,
    onFailure: (error: unknown) => void,
    { segmentBytes = RECORDING_SEGMENT_BYTES } = {},
  ) {
    this.#file = file;
    this.#segmentBytes = segmentBytes;
    this.#onFailure = onFailure;
    rmSync(olderHalf(file), { force: true });
    this.#open();
    this.#watch = tap.watch((record) => this.#take(record));
  }

  close(): void {
    this.#watch.close();
    this.#flush();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #take(record: InspectionRecord): void {
    const packed = pack(record);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(packed.length);
    this.#waiting.push(length, packed);
    this.#timer ??= setTimeout(() => this.#flush(), RECORDING_FLUSH_MS).unref();
  }

  #flush(): void {
    this.#timer = null;
    if (this.#descriptor === null || this.#waiting.length === 0) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
      this.#writtenBytes += bytes.length;
      if (this.#writtenBytes >= this.#segmentBytes) this.#turnOver();
    } catch (error) {
      this.#watch.close();
      closeSync(this.#descriptor);
      this.#descriptor = null;
      this.#onFailure(error);
    }
  }

  #turnOver(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
    renameSync(this.#file, olderHalf(this.#file));
    this.#open();
    this.#watch.pause();
    this.#watch.resume();
  }

  #open(): void {
    this.#descriptor = openSync(this.#file, 'w', FILE_MODE);
    this.#waiting.push(RECORDING_HEAD);
    this.#writtenBytes = 0;
  }
}
