import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SEND_SLOTS, type SendSlot, type ServeEvent } from '../../../machines/integrity/serve.ts';
import type { PackageStore } from '../../files/package-store.ts';
import type { FilePool } from '../../files/pool.ts';
import type { RoundSummary } from '../../files/round.ts';
import { asFailure } from './failures.ts';
import { PlannedFiles } from './planned-files.ts';

interface Part {
  path: string;
  name: string;
  sizeBytes: number;
  digest: string;
}

export interface PackSetOptions {
  plan: RoundSummary;
  packages: Pick<PackageStore, 'acquirePlanned'>;
  pool: Pick<FilePool, 'run' | 'runSticky'>;
  home: string;
  /** Writes the manifest of what was sent: all that was planned but for some contents. */
  writeManifest(without: readonly string[]): Promise<Part>;
  progressTimeoutMs: number;
  now(): number;
  emit(event: Extract<ServeEvent, { type: `set.${string}` }>): void;
  onFree(listener: (slot: SendSlot) => void): void;
  /** A file is no longer what was planned: the next round brings it. */
  onLeftOut(path: string): void;
}

/**
 * Hands the parts of a set to free slots, one after the other: while parts travel, the next package is being made,
 * and never more than one package waits. The manifest goes last: it names what could be sent. Returns what ends it.
 */
export function packSet(options: PackSetOptions): () => void {
  const { emit, now, progressTimeoutMs, plan } = options;
  const slots = new Slots();
  const releases = new Map<SendSlot, () => void>();
  let stopped = false;
  options.onFree((slot) => {
    releases.get(slot)?.();
    releases.delete(slot);
    slots.free(slot);
  });
  const startedMs = now();
  const run = async () => {
    const planned = new PlannedFiles(options);
    const send = async (part: Part, release: () => void) => {
      // Slots that are taken when everything ends are never free again.
      if (stopped) return release();
      const slot = await slots.take();
      if (stopped) return release();
      releases.set(slot, release);
      emit({ type: 'set.part', slot, file: { ...part, progressTimeoutMs } });
    };
    for (const number of plan.packages.keys()) {
      if (stopped) return;
      const packed = await planned.acquire(number);
      if (packed === null) continue;
      await send(
        {
          path: packed.path,
          name: `${packed.digest}.zip`,
          sizeBytes: packed.sizeBytes,
          digest: packed.digest,
        },
        () => packed.release(),
      );
    }
    for (const file of plan.large) {
      if (stopped) return;
      if (!(await planned.mayTravel(file))) continue;
      const { path, size, hash } = file;
      await send(
        { path: join(options.home, path), name: `${hash}.bin`, sizeBytes: size, digest: hash },
        () => {},
      );
    }
    if (stopped) return;
    const manifest = await options.writeManifest(planned.leftOut);
    await send(manifest, () => removeQuietly(manifest.path));
    await slots.allFree();
    if (!stopped) emit({ type: 'set.sent', manifest: manifest.name, sendingMs: now() - startedMs });
  };
  run().catch((error) => {
    if (!stopped) emit({ type: 'set.failed', failure: asFailure(error) });
  });
  return () => {
    stopped = true;
    for (const release of releases.values()) release();
    releases.clear();
    slots.abandon();
  };
}

/** What cannot be removed now goes with the next start of the node. */
function removeQuietly(path: string): void {
  rm(path, { force: true }).catch(() => {
    // `prepareSpool` removes it.
  });
}

/** The places for files under way, taken in order. */
class Slots {
  readonly #free: SendSlot[] = [...SEND_SLOTS];
  #takers: ((slot: SendSlot) => void)[] = [];
  #watchers: (() => void)[] = [];

  take(): Promise<SendSlot> {
    const slot = this.#free.shift();
    return slot !== undefined
      ? Promise.resolve(slot)
      : new Promise((resolve) => {
          this.#takers.push(resolve);
        });
  }

  free(slot: SendSlot): void {
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker(slot);
      return;
    }
    this.#free.push(slot);
    if (this.#free.length === SEND_SLOTS.length) this.#tellWatchers();
  }

  /** Resolves when nothing is under way. */
  allFree(): Promise<void> {
    if (this.#free.length === SEND_SLOTS.length) return Promise.resolve();
    return new Promise((resolve) => {
      this.#watchers.push(resolve);
    });
  }

  /** Lets everybody who waits go on; to be called when nothing will be sent any more. */
  abandon(): void {
    const takers = this.#takers;
    this.#takers = [];
    for (const taker of takers) taker(SEND_SLOTS[0]);
    this.#tellWatchers();
  }

  #tellWatchers(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}
