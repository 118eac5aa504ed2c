import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 10;

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
    if (performance.now() > end) throw new Error(`not within ${options.timeoutMs / 1000}s: ${what}`);
    await pause(options.pollMs ?? POLL_MS, undefined, options.signal ? { signal: options.signal } : {});
  }
}
