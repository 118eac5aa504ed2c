import { join } from 'node:path';
import type { FilesConfig } from '../config/node-config.ts';
import { faultPoint } from '../fault-point.ts';
import { MusterError } from '../protocol/errors.ts';
import { Hand } from './hand.ts';
import { dropJournal, JOURNAL_FILE, type Journal, stagedNames } from './journal.ts';
import { keptNumbers, type OldFile, oldFiles } from './keep.ts';
import type { SyncFileSystem } from './ports.ts';
import type { PlacedFile } from './scan-state.ts';
import type { StagedFile } from './staged.ts';
import { attempt, problemText, type Step } from './step.ts';
import { syncingNames } from './sync-names.ts';
import { turnBack } from './undo.ts';
import type { Problem } from './walk.ts';

/** What became of a set whose journal stands. */
export interface Outcome {
  /** Why the set is not applied: the old one is in its place again. Null if the new one is. */
  readonly refusal: MusterError | null;
  /** What else could not be done. */
  readonly problems: Problem[];
  /** The files that were put in place, by their paths. */
  readonly placed: ReadonlyMap<string, PlacedFile>;
}

export interface CarryOutOptions {
  /** Every step may have been done before. */
  readonly isReplay: boolean;
  /** Numbers of files that are not kept yet, see `keepOld`. */
  readonly asides: ReadonlySet<number>;
  /** What is known of staged contents. */
  readonly staged?: ReadonlyMap<string, StagedFile> | undefined;
}

/**
 * Carries a journal out, from wherever it was left: every step may be done twice. If one fails for good, everything is
 * undone, and the staged contents are left to the caller. Otherwise the journal and the staged contents go. Throws 3128
 * if a set can neither be completed nor undone; the journal then says what is left to do.
 */
export function carryOut(
  fs: SyncFileSystem,
  home: string,
  config: FilesConfig,
  journal: Journal,
  { isReplay, asides, staged }: CarryOutOptions,
): Outcome {
  const hand = new Hand(fs, home, journal, { isReplay, staged });
  const problems: Problem[] = [];
  const steps = stepsOf(hand, journal, asides);
  for (const [i, step] of steps.entries()) {
    const problem = attempt(step);
    if (problem === null) continue;
    if (journal.replaced === undefined) problems.push(problem);
    else {
      const done = new Set(steps.slice(0, i).map(({ number }) => number));
      const progress = isReplay ? null : { done, failed: step.number };
      const refusal = giveUp(() => turnBack(fs, home, journal, progress), problem);
      return { refusal, problems: [], placed: new Map() };
    }
  }
  // From here on it is the new set, whatever happens: no set knows of directories. Those that go are synced before.
  const emptied = journal.emptied.map(
    (path): Step => ({ path, run: () => hand.removeEmptied(path, config) }),
  );
  const last = [...syncingNames(fs, home, journal), ...emptied, ...finishing(fs, home, journal)];
  problems.push(...last.map(attempt).filter((problem) => problem !== null));
  return { refusal: null, problems, placed: hand.placed };
}

/** What `keepOld` would return for a journal that was left standing. */
export function asidesLeft(fs: SyncFileSystem, home: string, journal: Journal): ReadonlySet<number> {
  const kept = keptNumbers(fs, home, journal);
  const { replaced, early, deletes } = oldFiles(journal);
  const numbers = [...replaced, ...early, ...deletes].map(([number]) => number);
  return new Set(journal.replaced === undefined ? [] : numbers.filter((number) => !kept.has(number)));
}

/**
 * In this order nothing is ever in the way of what follows, and a moved file is at its new place before it leaves the
 * old.
 */
function stepsOf(hand: Hand, journal: Journal, asides: ReadonlySet<number>): (Step & { number: number })[] {
  const names = stagedNames(journal.puts);
  const { early, deletes } = oldFiles(journal);
  const removing = ([number, path]: OldFile) => ({
    number,
    path,
    run: () => {
      if (asides.has(number)) hand.setAside(path, number);
      else hand.remove(path);
      faultPoint('remove.done');
    },
  });
  return [
    ...early.map(removing),
    ...journal.puts.map((put, i) => ({
      number: i,
      path: put[0],
      run: () => hand.put(put, names[i] ?? '', asides.has(i) ? i : null),
    })),
    ...deletes.map(removing),
  ];
}

/** Returns why; throws if that is not possible either. */
function giveUp(undo: () => void, problem: Problem): MusterError {
  try {
    undo();
  } catch (error) {
    const { detail } = MusterError.from(error);
    throw new MusterError(3128, `${problemText(problem)}, and so it is to be undone. ${detail}`);
  }
  return new MusterError(3119, problemText(problem));
}

/** A journal that cannot be removed does no harm: everything that it says is done. */
function finishing(fs: SyncFileSystem, home: string, { staging }: Journal): Step[] {
  return [
    { path: JOURNAL_FILE, run: () => dropJournal(fs, home) },
    {
      path: staging,
      run: () => {
        fs.removeTree(join(home, staging));
        faultPoint('staging.removed');
      },
    },
  ];
}
