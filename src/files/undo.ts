import { faultPoint } from '../fault-point.ts';
import { MusterError } from '../protocol/errors.ts';
import { Hand } from './hand.ts';
import { dropUndo, type Journal, stagedNames, turnJournal } from './journal.ts';
import { keptName, keptNumbers, type OldFile, oldFiles } from './keep.ts';
import type { SyncFileSystem } from './ports.ts';
import { attempt, problemText, type Step } from './step.ts';
import { syncingNames } from './sync-names.ts';

/** How far a set came before it was given up, by the numbers of its files. */
export interface Progress {
  readonly done: ReadonlySet<number>;
  readonly failed: number;
}

/**
 * Gives up a set that cannot be applied: from here on the old one will be, also if this process dies. `progress`: null
 * if nobody knows. Throws 3128 if that is not possible now; the journal then says what is left to do.
 */
export function turnBack(
  fs: SyncFileSystem,
  home: string,
  journal: Journal,
  progress: Progress | null,
): void {
  insist([{ path: journal.staging, run: () => turnJournal(fs, home) }]);
  undo(fs, home, journal, progress);
}

/** Undoes whatever was done of a journal, from wherever it was left; every step may be done twice. Throws 3128. */
export function undo(
  fs: SyncFileSystem,
  home: string,
  journal: Journal,
  progress: Progress | null = null,
): void {
  let steps: Step[] = [];
  const look = () => {
    steps = stepsBack(fs, home, journal, progress);
    faultPoint('undo.planned');
  };
  insist([{ path: journal.staging, run: look }]);
  insist(steps);
  insist(syncingNames(fs, home, journal));
  insist([{ path: journal.staging, run: () => dropUndo(fs, home) }]);
}

/** The other way round than forward, so that again nothing is in the way of what follows. */
function stepsBack(fs: SyncFileSystem, home: string, journal: Journal, progress: Progress | null): Step[] {
  const { puts, staging } = journal;
  const kept = keptNumbers(fs, home, journal);
  const waiting = new Set(fs.list(`${home}/${staging}`));
  const names = stagedNames(puts);
  const { replaced, early, deletes } = oldFiles(journal);
  const hadFile = new Set(replaced.map(([number]) => number));
  const hand = new Hand(fs, home, journal);
  const isDone = (number: number) =>
    progress?.done.has(number) ?? (number < puts.length && !waiting.has(names[number] ?? ''));
  const isAsKept = (number: number, path: string) => {
    try {
      return hand.isAsKept(path, number);
    } catch (error) {
      // The way there is what this step failed at.
      if (progress !== null) return true;
      throw error;
    }
  };
  const restore = (number: number, path: string) => {
    if (kept.has(number) && (isDone(number) || !isAsKept(number, path))) hand.restore(path, number);
  };
  const take = (number: number, path: string) => {
    // One that stood there and is not kept is in its place again, or never left it.
    if (kept.has(number) || hadFile.has(number)) restore(number, path);
    else if (isDone(number) || hand.holds(path, puts[number]?.[1] ?? '')) hand.remove(path);
  };
  const created = [...puts.entries()].map(([number, [path]]): OldFile => [number, path]);
  return [
    ...deletes.map((file) => [file, restore] as const),
    ...created.toReversed().map((file) => [file, take] as const),
    ...early.map((file) => [file, restore] as const),
  ]
    .filter(([[number]]) => progress === null || progress.done.has(number) || progress.failed === number)
    .map(([[number, path], back]) => {
      const remedy = kept.has(number)
        ? `What belongs there is ${home}/${staging}/${keptName(number)}: make way for it, or move it there`
        : 'No file belongs there: remove it, or let this node do so';
      const run = () => {
        back(number, path);
        faultPoint('undo.back');
      };
      return { path, remedy, run };
    });
}

/** How many files an error names. */
const MAX_NAMED = 10;

/** Does all steps that can be done. Throws 3128 if there are others, with what to do about the first of them. */
function insist(steps: readonly Step[]): void {
  const stuck = steps.flatMap((step) => {
    const problem = attempt(step);
    return problem === null ? [] : [{ problem, remedy: step.remedy }];
  });
  const [first, ...others] = stuck;
  if (first === undefined) return;
  const named = others.slice(0, MAX_NAMED).map(({ problem }) => problem.path);
  const more =
    named.length > 0 && `Nor is as it was: ${named.join(', ')}${others.length > MAX_NAMED ? ', …' : ''}`;
  throw new MusterError(3128, [problemText(first.problem), first.remedy, more].filter(Boolean).join('. '));
}
