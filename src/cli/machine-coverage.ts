import { isMachine, RecordedCoverage, type TransitionCount } from '../inspect/coverage.ts';
import { readRecording } from '../inspect/read-recording.ts';
import { transitionText } from '../inspect/transitions.ts';
import { noSuchMachine } from './machine-paths.ts';
import { print, printJson, table } from './output.ts';

/** `muster machines --coverage FILE …`: every machine in a line. */
export function showCoverageOfAll(files: readonly string[], json?: true): void {
  const rows = coverageIn(files).all.map(([id, counts]) => ({ id, ...summaryOf(counts) }));
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
}

/** `muster machines ID --coverage FILE …`: every transition in a line. */
export function showCoverageOf(id: string, files: readonly string[], json?: true): void {
  // An id that does not exist is told before files are read, which may take a while.
  if (!isMachine(id)) throw noSuchMachine(id);
  const counts = coverageIn(files).of(id);
  if (json) {
    printJson(counts.map(({ transition, count }) => ({ ...transition, count })));
    return;
  }
  const { transitions, taken } = summaryOf(counts);
  const rows = counts.map(({ transition, count }) => [String(count), transitionText(transition)]);
  print(table(['TIMES', 'TRANSITION'], rows));
  print(`${taken} of ${transitions} transitions were taken.`);
}

const PERCENT = 100;

function coverageIn(files: readonly string[]): RecordedCoverage {
  const coverage = new RecordedCoverage();
  for (const file of files) for (const record of readRecording(file)) coverage.take(record);
  return coverage;
}

const summaryOf = (counts: readonly TransitionCount[]) => ({
  transitions: counts.length,
  taken: counts.filter(({ count }) => count > 0).length,
});
