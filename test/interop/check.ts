import type { InteropCluster, Kind } from './cluster.ts';
import type { Original } from './original.ts';

/** What checks work on. */
export interface Trial {
  readonly cluster: InteropCluster;
  readonly original: Original;
}

/** One thing that a cluster of both kinds has to be able to do. */
export interface Check {
  readonly name: string;
  /** Why it makes no sense for a cluster with this master and these workers; null if it does. */
  readonly skips?: (master: Kind, workers: readonly Kind[]) => string | null;
  /** Rejects with what was expected and what is. */
  run(trial: Trial): Promise<void>;
}

/** For what an original does every few seconds, on a machine that has other things to do. */
export const DEADLINE_MS = 60_000;
