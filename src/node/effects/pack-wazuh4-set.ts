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
import { asError, asFailure } from './failures.ts';

/** The package of one round. */
export interface PackedSet {
  readonly name: string;
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
  emit(event: Extract<ServeEvent, { type: `set.${string}` }>): void;
  /** The package was sent, or could not be. */
  onEnd(listener: (event: PackEvent) => void): void;
  onPacked(packed: PackedSet): void;
}

/** Files whose names the log tells; a sync may leave out a hundred thousand. */
const MAX_NAMED = 20;
const SLOT = 'send0';

/** The name of a package as the originals call theirs: nobody looks at it but people. */
export const wazuh4PackageName = (node: string, nowMs: number): string =>
  `${node}-${(nowMs / 1000).toFixed(6)}-${randomUUID().replaceAll('-', '')}.zip`;

/**
 * Sends what a worker of Wazuh 4.x needs: one package, whose list is its last entry, so that there is no manifest beside
 * it. Returns what ends it.
 */
export function packWazuh4Set(options: PackWazuh4SetOptions): () => void {
  const { services, emit, onEnd } = options;
  const { clock, config } = services;
  const startedMs = clock.elapsedMs();
  const name = wazuh4PackageName(options.worker, clock.now());
  const path = join(outgoingDirectory(config.home), name);
  let isStopped = false;
  const remove = () => {
    rm(path, { force: true }).catch(() => {
      // `prepareSpool` removes it.
    });
  };
  const fail = (error: unknown) => {
    if (!isStopped) emit({ type: 'set.failed', failure: asFailure(error) });
  };
  onEnd((event) => {
    if (event.type === 'part.failed') return fail(asError(event.failure));
    emit({ type: 'set.sent', manifest: name, sendingMs: clock.elapsedMs() - startedMs });
  });
  send(options, path, name, () => isStopped)
    .catch(fail)
    .finally(() => {
      if (isStopped) remove();
    });
  return () => {
    isStopped = true;
    remove();
  };
}

async function send(
  { services, round, limitBytes, emit, onPacked }: PackWazuh4SetOptions,
  path: string,
  name: string,
  isStopped: () => boolean,
): Promise<void> {
  const { pool, config } = services;
  const { compressLevel: level, timeoutReceivingFileMs: progressTimeoutMs } = config.intervals.communication;
  const order = { round, home: config.home, file: path, level, limitBytes };
  const { sizeBytes, sha256: digest, left } = await pool.runSticky('packWazuh4Round', order);
  if (isStopped()) return;
  onPacked({ name, digest, left });
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
