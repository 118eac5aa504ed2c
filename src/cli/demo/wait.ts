import { setTimeout as pause } from 'node:timers/promises';
import { RefusedError } from '../exit-code.ts';

const POLL_MS = 10;
/** Reading everything takes longer than looking at one thing. */
const COMPARE_POLL_MS = 50;
const DIFFERENCES_SHOWN = 3;

/** Polls until the condition holds. Rejects with `what` when the time is over or the signal says so. */
export async function waitUntil(
  what: string,
  condition: () => Promise<boolean>,
  options: { timeoutMs: number; pollMs?: number; signal?: AbortSignal },
): Promise<void> {
  const end = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    if (await condition()) return;
    if (performance.now() > end) throw new RefusedError(`not within ${options.timeoutMs / 1000}s: ${what}`);
    await pause(options.pollMs ?? POLL_MS, undefined, options.signal ? { signal: options.signal } : {});
  }
}

/** Compares until nothing differs; says what still does when the time is over. */
export async function waitUntilEqual(
  what: string,
  compare: () => Promise<readonly string[]>,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  let differences: readonly string[] = [];
  const isEqual = async () => {
    differences = await compare();
    return differences.length === 0;
  };
  try {
    await waitUntil(what, isEqual, { ...options, pollMs: COMPARE_POLL_MS });
  } catch (error) {
    options.signal.throwIfAborted();
    const shown = differences.slice(0, DIFFERENCES_SHOWN).join(', ');
    throw new RefusedError(`${(error as Error).message}; ${differences.length} differ: ${shown}`, {
      cause: error,
    });
  }
}
