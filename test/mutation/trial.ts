import { spawn } from 'node:child_process';

/** `killed`: a test failed. `late`: the tests came to no end, as with an endless loop; found too. */
export type Verdict = 'killed' | 'late' | 'survived';

/** Time for the tests of one file. */
const MAX_TRIAL_MS = 120_000;
/** A graph that explodes ends here, and not with the memory of the machine. */
const MAX_HEAP_MIB = 1024;

/** Runs test files one after the other, until one of them finds the mutant. */
export async function tryMutant(mutant: string, files: readonly string[]): Promise<Verdict> {
  for (const file of files) {
    const verdict = await runTests(mutant, file);
    if (verdict !== 'survived') return verdict;
  }
  return 'survived';
}

function runTests(mutant: string, file: string): Promise<Verdict> {
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
