import type { Failure } from '../../machines/failure.ts';
import type { Problem } from '../files/walk.ts';

/** Files that are left out of the set, of which a node tells the names and reasons; the count tells how many there are. */
export const MAX_LEFT_OUT_NAMES = 20;

/** A scan that cannot be done. */
export interface ScanFailure extends Failure {
  /** When the first of the scans failed that have failed in a row. */
  readonly since: string;
}

interface LeftOut {
  readonly path: string;
  readonly message: string;
  readonly since: string;
}

/** What stands in the way of a node's look at its own files, as the last scan found it. */
export interface ScanTrouble {
  readonly failure: ScanFailure | null;
  readonly leftOut: { readonly count: number; readonly files: readonly LeftOut[] };
}

export const NO_TROUBLE: ScanTrouble = { failure: null, leftOut: { count: 0, files: [] } };

/** After a scan that was done: what it left out, each since it was met first. */
export function afterScan({ leftOut }: ScanTrouble, problems: readonly Problem[], at: string): ScanTrouble {
  const known = new Map(leftOut.files.map(({ path, since }) => [path, since]));
  const files = problems
    .slice(0, MAX_LEFT_OUT_NAMES)
    .map(({ path, message }) => ({ path, message, since: known.get(path) ?? at }));
  return { failure: null, leftOut: { count: problems.length, files } };
}

/** After one that failed: what the last one left out stays told. */
export function afterFailedScan(before: ScanTrouble, failure: Failure, at: string): ScanTrouble {
  return { ...before, failure: { ...failure, since: before.failure?.since ?? at } };
}
