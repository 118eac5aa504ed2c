import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from '../../../machines/failure.ts';
import type { PackEvent, SendSlot } from '../../../machines/integrity/send-slots.ts';
import type { ServeEvent } from '../../../machines/integrity/serve.ts';
import { largeFileName, packageName } from '../../../machines/integrity/set-parts.ts';
import type { LargeFile } from '../../files/round.ts';
import { MusterError } from '../../protocol/errors.ts';
import { asError, asFailure } from './failures.ts';
import { PlannedFiles, type PlannedFilesOptions } from './planned-files.ts';
import { SendSlots } from './send-slots.ts';

interface Part {
  path: string;
  name: string;
  sizeBytes: number;
  digest: string;
}

/** What is to be done when a part has ended, one way or the other. */
interface UnderWay {
  /** What is in it, for people. */
  what: string;
  /** The file that the part is; null for one that the set cannot do without. */
  file: LargeFile | null;
  release(): void;
}

export interface PackSetOptions extends PlannedFilesOptions {
  /** Writes the manifest of what was sent: all that was planned but for some contents. */
  writeManifest(without: readonly string[]): Promise<Part>;
  /** A part is about to be sent: the worker knows it by its digest only. */
  onPart(digest: string, what: string): void;
  /** The transfer of a file failed, and the round with it. */
  onFailed(path: string): void;
  progressTimeoutMs: number;
  now(): number;
  emit(event: Extract<ServeEvent, { type: `set.${string}` }>): void;
  /** A part was sent, or failed because of its file. */
  onEnd(listener: (event: PackEvent) => void): void;
}

/**
 * Hands the parts of a set to free slots, one after the other: while parts travel, the next package is being made,
 * and never more than one package waits. The manifest goes last: it names what could be sent. Returns what ends it.
 */
export function packSet(options: PackSetOptions): () => void {
  const sending = new SetSending(options);
  return () => sending.stop();
}

class SetSending {
  readonly #options: PackSetOptions;
  readonly #planned: PlannedFiles;
  readonly #slots = new SendSlots();
  readonly #underWay = new Map<SendSlot, UnderWay>();
  readonly #startedMs: number;
  #isStopped = false;

  constructor(options: PackSetOptions) {
    this.#options = options;
    this.#planned = new PlannedFiles(options);
    this.#startedMs = options.now();
    const fail = (error: unknown) => {
      if (!this.#isStopped) options.emit({ type: 'set.failed', failure: asFailure(error) });
    };
    options.onEnd((event) => {
      this.#end(event).catch(fail);
    });
    this.#run().catch(fail);
  }

  stop(): void {
    this.#isStopped = true;
    for (const { release } of this.#underWay.values()) release();
    this.#underWay.clear();
    this.#slots.abandon();
  }

  async #run(): Promise<void> {
    const { plan, emit, now, writeManifest } = this.#options;
    for (const [number, { files, path }] of plan.packages.entries()) {
      if (this.#isStopped) return;
      await this.#sendPackage(number, files === 1 ? path : `${path} and ${files - 1} more`);
    }
    for (const file of plan.large) {
      if (this.#isStopped) return;
      await this.#sendLarge(file);
    }
    // Whether a large file could be sent is known when it has arrived.
    if (plan.large.length > 0) await this.#slots.allFree();
    if (this.#isStopped) return;
    this.#planned.throwRefusal();
    const manifest = await writeManifest(this.#planned.leftOut);
    const release = () => removeQuietly(manifest.path);
    await this.#send(manifest, { what: 'the manifest', file: null, release });
    await this.#slots.allFree();
    if (this.#isStopped) return;
    emit({ type: 'set.sent', manifest: manifest.name, sendingMs: now() - this.#startedMs });
  }

  async #sendPackage(number: number, what: string): Promise<void> {
    const packed = await this.#planned.acquire(number);
    if (packed === null) return;
    const { path, sizeBytes, digest } = packed;
    const part = { path, name: packageName(digest), sizeBytes, digest };
    await this.#send(part, { what, file: null, release: () => packed.release() });
  }

  async #sendLarge(file: LargeFile): Promise<void> {
    if (!(await this.#planned.mayTravel(file))) return;
    const { path, size, hash } = file;
    const part = {
      path: join(this.#options.home, path),
      name: largeFileName(hash),
      sizeBytes: size,
      digest: hash,
    };
    await this.#send(part, { what: path, file, release: () => {} });
  }

  async #send(part: Part, underWay: UnderWay): Promise<void> {
    // Slots that are taken when everything ends are never free again.
    if (this.#isStopped) return underWay.release();
    const slot = await this.#slots.take();
    if (this.#isStopped) return underWay.release();
    this.#underWay.set(slot, underWay);
    const { emit, progressTimeoutMs, onPart } = this.#options;
    onPart(part.digest, underWay.what);
    emit({ type: 'set.part', slot, file: { ...part, progressTimeoutMs } });
  }

  async #end(event: PackEvent): Promise<void> {
    const { slot } = event;
    const part = this.#underWay.get(slot);
    this.#underWay.delete(slot);
    part?.release();
    if (event.type === 'part.failed') await this.#fail(part, event.failure);
    else if (part !== undefined && part.file !== null) this.#planned.noteSent();
    this.#slots.free(slot);
  }

  /** Goes on without the part if its file is to blame; throws otherwise. */
  async #fail(part: UnderWay | undefined, failure: Failure): Promise<void> {
    const { file = null, what = null } = part ?? {};
    if (file !== null && (await this.#planned.blame(file, failure))) return;
    if (file !== null) this.#options.onFailed(file.path);
    const { code, detail } = asError(failure);
    throw new MusterError(code, [what, detail].filter(Boolean).join(': '));
  }
}

/** What cannot be removed now goes with the next start of the node. */
function removeQuietly(path: string): void {
  rm(path, { force: true }).catch(() => {
    // `prepareSpool` removes it.
  });
}
