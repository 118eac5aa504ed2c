import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { type ApplyOrder, planApply } from './apply-plan.ts';
import { carryOut } from './carry-out.ts';
import { UNSETTLED_MS } from './hash-files.ts';
import { identityOf } from './identity.ts';
import { writeJournal } from './journal.ts';
import { realFileSystem, type SyncFileSystem } from './ports.ts';
import type { KnownFile } from './scan-state.ts';
import type { Problem } from './walk.ts';

export type { ApplyOrder } from './apply-plan.ts';

/** What applying a set did. */
export interface ApplyReport {
  created: string[];
  updated: string[];
  deleted: string[];
  /** Files that could not be changed although everything looked as if they could; the next round tries again. */
  problems: Problem[];
}

/**
 * Applies a manifest whose contents are staged: checks everything, writes the journal, and carries it out. Before the
 * journal stands nothing has changed (3112, 3114, 3115, 3119); after it the new set will be, also if this process dies.
 */
export function applyManifest(
  order: ApplyOrder,
  fs: SyncFileSystem = realFileSystem,
): ApplyReport & { known: KnownFile[] } {
  const { home, missing, shared } = order;
  const startedMs = Date.now();
  const { journal, items } = planApply(fs, order);
  writeJournal(fs, home, journal);
  const problems = carryOut(fs, home, order.config, journal);
  const failed = new Set(problems.map(({ path }) => path));
  const done = (paths: readonly string[]) => paths.filter((path) => !failed.has(path));
  const known = journal.puts.flatMap(([path, hash], i) =>
    failed.has(path) ? [] : knownFile(home, path, hash, items[i]?.key ?? '', startedMs),
  );
  return {
    created: done(missing.paths),
    updated: done(shared.paths),
    deleted: done([...journal.early, ...journal.deletes]),
    problems,
    known,
  };
}

/**
 * What a scan may take for read: a file whose times show that nobody has written into it since it was verified. Any
 * later writing will show too, because the clock of the file system has moved on since.
 */
function knownFile(home: string, path: string, hash: string, item: string, appliedMs: number): KnownFile[] {
  const stats = lstatSync(join(home, path), { bigint: true, throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile()) return [];
  const writtenMs = Number(stats.mtimeNs / 1_000_000n);
  return writtenMs + UNSETTLED_MS < appliedMs ? [{ path, item, hash, identity: identityOf(stats) }] : [];
}
