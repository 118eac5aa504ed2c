import assert from 'node:assert/strict';

const DEADLINE_MS = 10_000;

/** Polls until the condition holds; fails after ten seconds with what was waited for. */
export async function waitFor(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    assert.ok(performance.now() < endMs, `waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
