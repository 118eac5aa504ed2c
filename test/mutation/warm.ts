import { type ChildProcess, fork } from 'node:child_process';
import { runTests, type Verdict } from './trial.ts';

export interface Asked {
  readonly mutant: string;
  readonly file: string;
}
/** What came of one file. */
export type Finding = Pick<Told, 'test' | 'reason' | 'tookMs'> & { readonly verdict: Verdict };
export interface Told {
  /** `stray`: an error came that belongs to no test, maybe to one of an earlier trial. */
  readonly verdict: 'survived' | 'killed' | 'stray';
  /** Title of the test that failed; empty if it was not one, but the file could not be loaded. */
  readonly test: string;
  /** Its error. */
  readonly reason: string;
  readonly tookMs: number;
  readonly rssBytes: number;
}

const SCRIPT = new URL('./warm-process.ts', import.meta.url);
const OPTIONS = ['--max-old-space-size=1024', '--disable-warning=ExperimentalWarning'];
/** Modules that were made for a trial stay in memory for ever: then another process goes on. */
const MAX_RSS_BYTES = 800 * 1024 * 1024;
/** Beyond that the trial is made again, in a process of its own that has more time. */
const MAX_TRIAL_MS = 30_000;

/**
 * Runs the tests of a file with a mutant, as `runTests` does, in a process that has everything loaded but what the
 * mutant concerns. What is not certain here, because a test may have been disturbed by another one, is done again there.
 */
export class WarmProcess {
  #child: ChildProcess | null = null;

  async run(mutant: string, file: string): Promise<Finding> {
    const told = await this.#ask({ mutant, file });
    if (told !== null && told.verdict !== 'stray') {
      if (told.rssBytes > MAX_RSS_BYTES) this.close();
      return { ...told, verdict: told.verdict };
    }
    this.close();
    const beganMs = performance.now();
    const verdict = await runTests(mutant, file);
    return { verdict, test: '', reason: told?.reason ?? 'no end', tookMs: performance.now() - beganMs };
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }

  /** Null if there is no answer. */
  #ask(asked: Asked): Promise<Told | null> {
    this.#child ??= fork(SCRIPT, { execArgv: OPTIONS, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const child = this.#child;
    return new Promise((resolve) => {
      const settle = (told: Told | null) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(told);
      };
      const timer = setTimeout(settle, MAX_TRIAL_MS, null);
      child.once('message', (told) => settle(told as Told));
      child.once('exit', () => settle(null));
      child.once('error', () => settle(null));
      child.send(asked);
    });
  }
}
