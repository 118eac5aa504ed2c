import { pick } from './plan.ts';
import type { Run, SimulateOptions } from './simulate.ts';

/** Runs that it may take to find what little is enough. */
export const MAX_RUNS = 150;

/** A run that fails as the first one did, with as few of its acts as could be found. */
export interface Shrunk {
  readonly run: Run;
  /** Which of the planned acts are left, from 0. */
  readonly kept: readonly number[];
}

/**
 * Leaves out acts as long as the same promise is still broken: halves first, then quarters, down to single ones (delta
 * debugging). `simulate` resolves with null for a run that has no outcome, which is not the same failure.
 */
export async function shrink(
  first: Run,
  options: SimulateOptions,
  simulate: (options: SimulateOptions) => Promise<Run | null>,
): Promise<Shrunk> {
  let kept = first.acts.map((_, index) => index);
  let run = first;
  let runs = 0;
  for (let size = Math.ceil(kept.length / 2); size >= 1 && runs < MAX_RUNS; ) {
    let hasShrunk = false;
    for (let from = 0; from < kept.length && runs < MAX_RUNS; ) {
      const fewer = [...kept.slice(0, from), ...kept.slice(from + size)];
      runs += 1;
      const tried = await simulate({ ...options, acts: pick(first.acts, fewer) });
      if (tried !== null && isSameFailure(tried, first)) {
        [kept, run, hasShrunk] = [fewer, tried, true];
      } else from += size;
    }
    if (size > 1 || !hasShrunk) size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return { run, kept };
}

/** A promise by its number; of another error its first line, but for what differs from run to run: which node, file, time. */
function kindOf({ failure }: Run): string | null {
  if (failure === null) return null;
  const [line = ''] = failure.message.split('\n');
  const promise = /^\d+(?=: )/.exec(line)?.[0];
  return (
    promise ??
    line
      .replace(/'[^']*'|"[^"]*"|\b[0-9a-f]{8,}\b/g, '…')
      .replace(/\bmaster\b|\bworker\d+\b/g, 'node')
      .replace(/\d+/g, '#')
  );
}

const isSameFailure = (one: Run, other: Run) => one.failure !== null && kindOf(one) === kindOf(other);
