import type { Target } from './target.ts';
import type { WalkedPath } from './walk.ts';

export interface PathReport extends WalkedPath {
  /** Id of the machine in the catalogue. */
  readonly machine: string;
  readonly steps: readonly string[];
  readonly tookMs: number;
}

/** A path of which nothing is known: it cannot be walked here, or its test came to grief. */
export interface NotWalked {
  readonly machine: string;
  readonly steps: readonly string[];
  readonly why: string;
}

export interface ConformReport {
  readonly dialect: Target['dialect'];
  /** Of the master, whichever side is played. */
  readonly address: string;
  /** What the implementation is. */
  readonly role: 'master' | 'worker';
  /** Name and version of the master, as it tells them. */
  readonly master: { readonly name: string; readonly version: string };
  /** Name of the worker. */
  readonly worker: string;
  /** Its version, as it tells it; null where it is played. */
  readonly workerVersion: string | null;
  readonly isActive: boolean;
  readonly paths: readonly PathReport[];
  readonly notWalked: readonly NotWalked[];
  /** Those on which the test itself failed, which says nothing of the implementation. */
  readonly failed: readonly NotWalked[];
  /** Why it came to no end: the implementation went away. Null if it did not. */
  readonly lost: string | null;
  /** Paths whose turn had not come by then. */
  readonly unreached: readonly Pick<NotWalked, 'machine' | 'steps'>[];
}

/**
 * Whether it shows that the implementation conforms: nothing departs, all was looked at that was to be, and something of
 * it went to its end.
 */
export const showsConformance = ({ paths, failed, lost }: ConformReport): boolean =>
  lost === null &&
  failed.length === 0 &&
  paths.every(({ outcome }) => outcome !== 'departs') &&
  paths.some(({ outcome }) => outcome === 'conforms');

/** A path in one line. */
export const titleOf = (machine: string, steps: readonly string[]): string =>
  `${machine}: ${steps.join(', ')}`;
