import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackEvent, SendSlot } from '../../../machines/integrity/send-slots.ts';
import type { ServeEvent } from '../../../machines/integrity/serve.ts';
import { largeFileName, packageName } from '../../../machines/integrity/set-parts.ts';
import type { LargeFile } from '../../files/round.ts';
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
  /** The file that the part is; null for one that the set cannot do without. */
  file: LargeFile | null;
  release(): void;
}

export interface PackSetOptions extends PlannedFilesOptions {
  /** Writes the manifest of what was sent: all that was planned but for some contents. */
  writeManifest(without: readonly string[]): Promise<Part>;
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
    for (const number of plan.packages.keys()) {
      if (this.#isStopped) return;
      await this.#sendPackage(number);
    }
    for (const file of plan.large) {
      if (this.#isStopped) return;
      await this.#sendLarge(file);
    }
    // Whether a large file could be sent is known when it has arrived.
    if (plan.large.length > 0) await this.#slots.allFree();
    if (this.#isStopped) return;
    const manifest = await writeManifest(this.#planned.leftOut);
    await this.#send(manifest, { file: null, release: () => removeQuietly(manifest.path) });
    await this.#slots.allFree();
    if (this.#isStopped) return;
    emit({ type: 'set.sent', manifest: manifest.name, sendingMs: now() - this.#startedMs });
  }

  async #sendPackage(number: number): Promise<void> {
    const packed = await this.#planned.acquire(number);
    if (packed === null) return;
    const { path, sizeBytes, digest } = packed;
    const part = { path, name: packageName(digest), sizeBytes, digest };
    await this.#send(part, { file: null, release: () => packed.release() });
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
    await this.#send(part, { file, release: () => {} });
  }

  async #send(part: Part, underWay: UnderWay): Promise<void> {
    // Slots that are taken when everything ends are never free again.
    if (this.#isStopped) return underWay.release();
    const slot = await this.#slots.take();
    if (this.#isStopped) return underWay.release();
    this.#underWay.set(slot, underWay);
    const { emit, progressTimeoutMs } = this.#options;
    emit({ type: 'set.part', slot, file: { ...part, progressTimeoutMs } });
  }

  async #end(event: PackEvent): Promise<void> {
    const { slot } = event;
    const part = this.#underWay.get(slot);
    this.#underWay.delete(slot);
    part?.release();
    if (event.type === 'part.failed') {
      const file = part?.file ?? null;
      if (file === null || !(await this.#planned.blame(file, event.failure))) {
        if (file !== null) this.#options.onFailed(file.path);
        throw asError(event.failure);
      }
    }
    this.#slots.free(slot);
  }
}

/** What cannot be removed now goes with the next start of the node. */
function removeQuietly(path: string): void {
  rm(path, { force: true }).catch(() => {
    // `prepareSpool` removes it.
  });
}
