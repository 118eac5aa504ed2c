const POLL_MS = 10;
const DEFAULT_TIMEOUT_MS = 10_000;

/** Polls until `check` gives a truthy value, so that a number of 0 is waited for too; throws what it waited for, and `explain()`, after the deadline. */
export async function waitFor<T>(
  what: string,
  check: () => T | Promise<T>,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
  explain: () => string = () => '',
): Promise<NonNullable<T>> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > deadlineMs) throw new Error(`waited ${timeoutMs} ms for ${what}\n${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
