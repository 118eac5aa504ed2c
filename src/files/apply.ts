import { join } from 'node:path';
import { faultPoint } from '../fault-point.ts';
import { MusterError } from '../protocol/errors.ts';
import { type ApplyOrder, planApply } from './apply-plan.ts';
import { carryOut } from './carry-out.ts';
import { isSetLeft, type Journal, type Put, stagedNames, writeJournal } from './journal.ts';
import { keepOld } from './keep.ts';
import { naming } from './naming.ts';
import { realFileSystem, type SyncFileSystem } from './ports.ts';
import type { Written } from './scan-state.ts';
import { syncStaged } from './sync-names.ts';
import type { Problem } from './walk.ts';

export type { ApplyOrder } from './apply-plan.ts';

/** What applying a set did. */
export interface ApplyReport {
  created: string[];
  updated: string[];
  deleted: string[];
  /** What could not be cleared away after the set was in place. */
  problems: Problem[];
}

/**
 * Applies a manifest whose contents are staged: checks everything, keeps what is replaced, writes the journal, and
 * carries it out. Before the journal stands nothing has changed (3112, 3114, 3115, 3119); after it the new set will be,
 * also if this process dies, unless the file system refuses a file for good: then the old set will be (3119), as soon as
 * that can be (3128).
 */
export function applyManifest(
  order: ApplyOrder,
  fs: SyncFileSystem = realFileSystem,
): ApplyReport & { written: Written } {
  const { home, config, missing, shared } = order;
  checkNothingLeft(fs, home);
  const journal = planApply(fs, order);
  faultPoint('apply.planned');
  copyRepeated(fs, home, journal);
  const asides = keepOld(fs, home, journal);
  naming(journal.staging, () => syncStaged(fs, home, journal));
  writeJournal(fs, home, journal);
  const fromMs = Date.now();
  const options = { isReplay: false, asides, staged: order.staged };
  const { refusal, problems, placed } = carryOut(fs, home, config, journal, options);
  const toMs = Date.now();
  if (refusal !== null) throw refusal;
  return {
    created: [...missing.paths],
    updated: [...shared.paths],
    deleted: [...journal.early, ...journal.deletes],
    problems,
    written: { files: placed, fromMs, toMs },
  };
}

/** The manifest leads from what was found in the home, and that must not be a mixture. Throws 3128. */
function checkNothingLeft(fs: SyncFileSystem, home: string): void {
  if (isSetLeft(fs, home)) throw new MusterError(3128, 'a set is not completed or undone yet');
}

/** What takes room is done before anything changes: a disk that fills up keeps the whole set out. Throws 3119. */
function copyRepeated(fs: SyncFileSystem, home: string, { staging, puts }: Journal): void {
  for (const [i, name] of stagedNames(puts).entries()) {
    const [path, hash] = puts[i] as Put;
    if (name === hash) continue;
    naming(path, () => fs.copy(join(home, staging, hash), join(home, staging, name)));
    faultPoint('put.copied');
  }
}
