/** After so long somebody at a terminal wonders. */
export const SLOW_MS = 3_000;

/** What becomes of the work; if it takes long, it is told on standard error what is waited for, and for how long at most. */
export async function tellSlow<Result>(
  what: string,
  timeoutMs: number,
  work: Promise<Result>,
  slowMs: number = SLOW_MS,
): Promise<Result> {
  const words = `muster: Waiting for ${what}, for at most ${timeoutMs / 1_000} s.\n`;
  const timer = setTimeout(() => process.stderr.write(words), slowMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
