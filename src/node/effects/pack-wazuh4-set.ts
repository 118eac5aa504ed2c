import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackEvent } from '../../../machines/integrity/send-slots.ts';
import type { ServeEvent } from '../../../machines/integrity/serve.ts';
import type { LeftOut } from '../../files/wazuh4/pack.ts';
import type { TaggedLog } from '../../observe/log.ts';
import { errorTable, MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { outgoingDirectory } from '../spool.ts';

/** The package of one round. */
export interface PackedSet {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256, hex. */
  readonly digest: string;
  readonly left: readonly LeftOut[];
}

export interface PackWazuh4SetOptions {
  services: NodeServices;
  /** For whom it is. */
  worker: string;
  round: number;
  /** Bytes that it may have. */
  limitBytes: number;
  signal: AbortSignal;
}

/** Files whose names the log tells; a sync may leave out a hundred thousand. */
const MAX_NAMED = 20;
const SLOT = 'send0';

/** The name of a package as the originals call theirs: nobody looks at it but people. */
export const wazuh4PackageName = (node: string, nowMs: number): string =>
  `${node}-${(nowMs / 1000).toFixed(6)}-${randomUUID().replaceAll('-', '')}.zip`;

/**
 * Makes what a worker of Wazuh 4.x needs: one package, whose list is its last entry, so that there is no manifest beside
 * it. Rejects as `packWazuh4`; then, and where nobody waits for it any more, nothing is left of it.
 */
export async function packWazuh4Set({
  services: { pool, packages, clock, config },
  worker,
  round,
  limitBytes,
  signal,
}: PackWazuh4SetOptions): Promise<PackedSet> {
  const name = wazuh4PackageName(worker, clock.now());
  const path = join(outgoingDirectory(config.home), name);
  const order = {
    round,
    home: config.home,
    file: path,
    level: config.intervals.communication.compressLevel,
    limitBytes,
  };
  const packed = await packages.makingRoom(() => pool.runSticky('packWazuh4Round', order));
  if (signal.aborted) await removePackage(path);
  signal.throwIfAborted();
  const { sizeBytes, sha256: digest, left } = packed;
  return { name, path, sizeBytes, digest, left };
}

/** Never rejects: what cannot be removed now the next start removes (`prepareSpool`). */
export const removePackage = (path: string): Promise<void> => rm(path, { force: true }).catch(() => {});

export interface SendWazuh4SetOptions {
  package: PackedSet;
  progressTimeoutMs: number;
  nowMs(): number;
  emit(event: Extract<ServeEvent, { type: `set.${string}` }>): void;
  /** The package was sent, or could not be. */
  onEnd(listener: (event: PackEvent) => void): void;
}

/** Hands over the package of a worker of Wazuh 4.x as the only part of its set. */
export function sendWazuh4Set({ emit, onEnd, nowMs, ...options }: SendWazuh4SetOptions): void {
  const { path, name, sizeBytes, digest } = options.package;
  const startedMs = nowMs();
  onEnd((event) => {
    if (event.type === 'part.failed') emit({ type: 'set.failed', failure: event.failure });
    else emit({ type: 'set.sent', manifest: name, sendingMs: nowMs() - startedMs });
  });
  const { progressTimeoutMs } = options;
  emit({ type: 'set.part', slot: SLOT, file: { path, name, sizeBytes, digest, progressTimeoutMs } });
}

/** Files that are no longer what was compared. */
export const changedOf = (left: readonly LeftOut[]): string[] =>
  left.filter(({ why }) => why !== 'limit' && why !== 'too-large').map(({ path }) => path);

/** Says which files a round leaves out, and why; of those that have no room, how many. */
export function tellLeftOut(log: TaggedLog, left: readonly LeftOut[]): void {
  const waiting = left.filter(({ why }) => why === 'limit').length;
  if (waiting > 0)
    log.warning(
      `Maximum zip size exceeded. Not all files will be compressed during this sync: ${waiting} wait.`,
    );
  const others = left.filter(({ why }) => why !== 'limit');
  for (const { path, why } of others.slice(0, MAX_NAMED)) {
    log.warning(whyLeftOut(path, why));
  }
  if (others.length > MAX_NAMED) log.warning(`${others.length - MAX_NAMED} more files are left out.`);
}

function whyLeftOut(path: string, why: LeftOut['why']): string {
  if (why === 'too-large') return `File too large to be synced: ${path}`;
  if (why === 'separator') return `${new MusterError(3131, path).toLog()}. ${errorTable[3131]?.remedy}`;
  const reason =
    why === 'changed'
      ? 'it is no longer what was found by the last scan.'
      : typeof why === 'object'
        ? why.problem
        : why;
  return `${path} is left to the next round: ${reason}`;
}
