import { isMachine, RecordedCoverage, type TransitionCount } from '../inspect/coverage.ts';
import { readRecording, upToDamage } from '../inspect/read-recording.ts';
import { transitionText } from '../inspect/transitions.ts';
import { MusterError } from '../protocol/errors.ts';
import { noSuchMachine } from './machine-paths.ts';
import { print, printJson, table } from './output.ts';
import { tellCut } from './trace/tell-cut.ts';

/** `muster machines --coverage FILE …`: every machine in a line. */
export function showCoverageOfAll(files: readonly string[], json?: true): void {
  const { coverage, damage } = coverageIn(files);
  const rows = coverage.all.map(([id, counts]) => ({ id, ...summaryOf(counts) }));
  if (json) printJson(rows);
  else
    print(
      table(
        ['ID', 'TRANSITIONS', 'TAKEN', 'SHARE'],
        rows.map(({ id, transitions, taken }) => [
          id,
          String(transitions),
          String(taken),
          `${Math.floor((taken / transitions) * PERCENT)} %`,
        ]),
      ),
    );
  if (damage !== null) throw damage;
}

/** `muster machines ID --coverage FILE …`: every transition in a line. */
export function showCoverageOf(id: string, files: readonly string[], json?: true): void {
  // An id that does not exist is told before files are read, which may take a while.
  if (!isMachine(id)) throw noSuchMachine(id);
  const { coverage, damage } = coverageIn(files);
  const counts = coverage.of(id);
  if (json) printJson(counts.map(({ transition, count }) => ({ ...transition, count })));
  else {
    const { transitions, taken } = summaryOf(counts);
    const rows = counts.map(({ transition, count }) => [String(count), transitionText(transition)]);
    print(table(['TIMES', 'TRANSITION'], rows));
    print(`${taken} of ${transitions} transitions were taken.`);
  }
  if (damage !== null) throw damage;
}

const PERCENT = 100;

interface Counted {
  readonly coverage: RecordedCoverage;
  /** Of all files in one; each counts up to its own. */
  readonly damage: MusterError | null;
}

function coverageIn(files: readonly string[]): Counted {
  const coverage = new RecordedCoverage();
  const damages: MusterError[] = [];
  for (const file of files) {
    const records = upToDamage(readRecording(file, tellCut), (error) => damages.push(error));
    for (const record of records) coverage.take(record);
  }
  return { coverage, damage: inOne(damages) };
}

function inOne([first, ...others]: readonly MusterError[]): MusterError | null {
  if (first === undefined) return null;
  return new MusterError(first.code, [first, ...others].map(({ detail }) => detail).join('; '));
}

const summaryOf = (counts: readonly TransitionCount[]) => ({
  transitions: counts.length,
  taken: counts.filter(({ count }) => count > 0).length,
});
