import { join } from 'node:path';
import { faultPoint } from '../fault-point.ts';
import { MusterError } from '../protocol/errors.ts';
import { type ApplyOrder, planApply } from './apply-plan.ts';
import { carryOut } from './carry-out.ts';
import { type Journal, type Put, stagedNames, writeJournal } from './journal.ts';
import { realFileSystem, type SyncFileSystem, systemMessage } from './ports.ts';
import type { Written } from './scan-state.ts';
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
): ApplyReport & { written: Written } {
  const { home, missing, shared } = order;
  const journal = planApply(fs, order);
  faultPoint('apply.planned');
  copyRepeated(fs, home, journal);
  writeJournal(fs, home, journal);
  const fromMs = Date.now();
  const problems = carryOut(fs, home, order.config, journal);
  const toMs = Date.now();
  const failed = new Set(problems.map(({ path }) => path));
  const done = (paths: readonly string[]) =>
    failed.size === 0 ? [...paths] : paths.filter((path) => !failed.has(path));
  const hashes = new Map(journal.puts.flatMap(([path, hash]) => (failed.has(path) ? [] : [[path, hash]])));
  return {
    created: done(missing.paths),
    updated: done(shared.paths),
    deleted: done([...journal.early, ...journal.deletes]),
    problems,
    written: { hashes, fromMs, toMs },
  };
}

/** What takes room is done before anything changes: a disk that fills up keeps the whole set out. Throws 3119. */
function copyRepeated(fs: SyncFileSystem, home: string, { staging, puts }: Journal): void {
  for (const [i, name] of stagedNames(puts).entries()) {
    const [path, hash] = puts[i] as Put;
    if (name === hash) continue;
    try {
      fs.copy(join(home, staging, hash), join(home, staging, name));
    } catch (error) {
      throw new MusterError(3119, systemMessage(path, error), { cause: error });
    }
    faultPoint('put.copied');
  }
}
