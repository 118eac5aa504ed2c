// Forked by warm.ts: runs test files over and over, each time with another wrong in a machine.
import { pathToFileURL } from 'node:url';
import { TABLE_TEST } from '../harness/behaviour-table.ts';
import { FailedTest, runFile } from './declared-tests.ts';
import { beginTrial } from './fresh-modules.ts';
import type { Asked, Told } from './warm.ts';

/** Turns of the event loop in which what a test has left behind may still fail. */
const LAST_TURNS = 3;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

let fail: (error: unknown) => void = () => {};
process.on('uncaughtException', (error) => fail(error));
process.on('unhandledRejection', (error) => fail(error));
process.on('disconnect', () => process.exit());
process.on('message', async (asked: Asked) => process.send?.(await answer(asked)));

async function answer({ mutant, file }: Asked): Promise<Told> {
  process.env.MUSTER_MUTANT = mutant;
  beginTrial();
  const beganMs = performance.now();
  let isStray = false;
  const stray = new Promise<never>((_, reject) => {
    fail = (error) => {
      isStray = true;
      reject(error);
    };
  });
  const ended = async () => {
    await runFile(pathToFileURL(file).href, TABLE_TEST);
    for (let i = 0; i < LAST_TURNS; i += 1) await turn();
  };
  try {
    await Promise.race([ended(), stray]);
    return told('survived');
  } catch (error) {
    if (isStray) return told('stray', error);
    return error instanceof FailedTest ? told('killed', error.cause, error.message) : told('killed', error);
  }

  function told(verdict: Told['verdict'], error: unknown = '', test = ''): Told {
    return {
      verdict,
      test,
      reason: String(error),
      tookMs: performance.now() - beganMs,
      rssBytes: process.memoryUsage.rss(),
    };
  }
}
