import { spawn } from 'node:child_process';
import { TABLE_TEST } from '../harness/behaviour-table.ts';
import type { Suites } from './suites.ts';
import type { WarmProcess } from './warm.ts';

/** `killed`: a test failed. `late`: the tests came to no end, as with an endless loop; found too. */
export type Verdict = 'killed' | 'late' | 'survived';

export interface Outcome {
  readonly verdict: Verdict;
  /** The file of the test that found it; empty if none did. */
  readonly by: string;
  /** The title of that test, where it is known. */
  readonly test: string;
}

/** Time for the tests of one file. */
const MAX_TRIAL_MS = 120_000;
/** A graph that explodes ends here, and not with the memory of the machine. */
const MAX_HEAP_MIB = 1024;

/**
 * Runs the tests of a machine one file after the other, until one of them finds the mutant; after the one of its table,
 * which only knows that something has changed, until another one does. Those of whole nodes go by the clock of the
 * machine and may fail by chance: they have found it when they fail twice.
 */
export async function tryMutant(mutant: string, suites: Suites, warm: WarmProcess): Promise<Outcome> {
  let byTable: Outcome | null = null;
  for (const file of suites.own) {
    const { verdict, test } = await warm.run(mutant, file);
    if (verdict === 'survived') continue;
    if (test !== TABLE_TEST) return { verdict, by: file, test };
    byTable = { verdict, by: file, test };
  }
  if (byTable !== null) return byTable;
  for (const file of suites.further) {
    await passesAlone(file);
    if ((await runTests(mutant, file)) === 'survived') continue;
    const verdict = await runTests(mutant, file);
    if (verdict !== 'survived') return { verdict, by: file, test: '' };
  }
  return { verdict: 'survived', by: '', test: '' };
}

const alone = new Map<string, Promise<void>>();

/** Rejects if the tests of whole nodes in this file fail without a mutant, twice too: they would find every one. */
function passesAlone(file: string): Promise<void> {
  const known = alone.get(file);
  if (known !== undefined) return known;
  const passing = (async () => {
    if ((await runTests('', file)) === 'survived' || (await runTests('', file)) === 'survived') return;
    throw new Error(`${file} fails without any mutant, twice`);
  })();
  alone.set(file, passing);
  return passing;
}

/** The tests of a machine, the quickest first. Rejects if one of them fails without a mutant: it would find them all. */
export async function quickestFirst({ own, further }: Suites, warm: WarmProcess): Promise<Suites> {
  const took = new Map<string, number>();
  for (const file of own) {
    // The first time it is loaded.
    await warm.run('', file);
    const { verdict, reason, tookMs } = await warm.run('', file);
    if (verdict !== 'survived') throw new Error(`${file} fails without any mutant: ${reason}`);
    took.set(file, tookMs);
  }
  return { own: [...own].sort((a, b) => (took.get(a) ?? 0) - (took.get(b) ?? 0)), further };
}

/** Runs the tests of a file in a process of its own. */
export function runTests(mutant: string, file: string): Promise<Verdict> {
  const options = [
    `--max-old-space-size=${MAX_HEAP_MIB}`,
    '--test-reporter=./test/mutation/first-failure.ts',
    `--import=./test/mutation/mutate.ts`,
  ];
  // Node hands the environment on, so real processes that a test starts have the mutant in them too.
  const { NODE_TEST_CONTEXT: _ours, ...inherited } = process.env;
  const env = { ...inherited, MUSTER_MUTANT: mutant };
  const child = spawn(process.execPath, [...options, file], { env, stdio: 'ignore', timeout: MAX_TRIAL_MS });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (signal !== null) resolve('late');
      else resolve(code === 0 ? 'survived' : 'killed');
    });
  });
}
