import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { RECORDING_FLUSH_MS, RECORDING_SEGMENT_BYTES } from './limits.ts';
import { keepEarlierLife, olderHalf } from './recording-files.ts';
import { RECORDING_HEAD, RecordSeal } from './recording-format.ts';
import type { InspectionRecord } from './records.ts';
import type { Tap, Watch } from './tap.ts';

/** It holds names of agents and files. */
const FILE_MODE = 0o640;

/**
 * Keeps the last of what a node's actors and frames did: a file, and the one before it. When the file is full it takes the
 * place of the older one, and a new one begins with the actors that live then, so that each can be read by itself. A
 * process that ends by itself, by an error that nobody caught too, writes what waits; one that is killed loses it.
 */
export class Recorder {
  readonly #tap: Tap;
  readonly #file: string;
  readonly #segmentBytes: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #watch: Watch;
  #descriptor: number | null = null;
  /** Of the file that is being written. */
  #seal = new RecordSeal();
  #writtenBytes = 0;
  #waiting: Buffer[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** The last that runs in a process: timers do not come any more, and the step that ended it is worth most. */
  readonly #onExit = () => this.#flush();

  /** Begins anew; what stands there is kept as an earlier life. Throws if the file cannot be made; `onFailure` hears why it ends later. */
  constructor(
    tap: Tap,
    file: string,
    onFailure: (error: unknown) => void,
    { segmentBytes = RECORDING_SEGMENT_BYTES } = {},
  ) {
    this.#tap = tap;
    this.#file = file;
    this.#segmentBytes = segmentBytes;
    this.#onFailure = onFailure;
    keepEarlierLife(file);
    this.#open();
    this.#watch = tap.watch((record) => this.#take(record));
    process.once('exit', this.#onExit);
  }

  close(): void {
    this.#flush();
    this.#end();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #take(record: InspectionRecord): void {
    this.#waiting.push(...this.#seal.seal(record));
    this.#timer ??= setTimeout(() => this.#flush(), RECORDING_FLUSH_MS).unref();
  }

  #flush(): void {
    this.#timer = null;
    if (this.#descriptor === null || this.#waiting.length === 0) return;
    try {
      this.#write(this.#descriptor);
      // A pipe or a device has no older half.
      if (this.#writtenBytes >= this.#segmentBytes && fstatSync(this.#descriptor).isFile()) this.#turnOver();
    } catch (error) {
      this.#end();
      this.#onFailure(error);
    }
  }

  #end(): void {
    process.off('exit', this.#onExit);
    this.#watch.close();
    this.#closeFile();
  }

  #write(descriptor: number): void {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    this.#writtenBytes += bytes.length;
  }

  /** The new file is written to at once: who is killed next leaves one that can be read. */
  #turnOver(): void {
    this.#closeFile();
    renameSync(this.#file, olderHalf(this.#file));
    const descriptor = this.#open();
    for (const tell of this.#tap.present()) this.#take(tell());
    this.#write(descriptor);
  }

  #closeFile(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = null;
    if (descriptor === null) return;
    try {
      closeSync(descriptor);
    } catch {
      // It is closed in any case, and the recording is no reason for a node to stop.
    }
  }

  #open(): number {
    const descriptor = openSync(this.#file, 'w', FILE_MODE);
    this.#descriptor = descriptor;
    this.#waiting.push(RECORDING_HEAD);
    this.#seal = new RecordSeal();
    this.#writtenBytes = 0;
    return descriptor;
  }
}
