import type { System } from './bench-node.ts';
import type { LoopDelays } from './loop-delay.ts';

export type Unit = 's' | 'ms' | 'us' | 'MiB' | 'KiB' | '/s' | '';

/** What a figure has to be: at most, or at least, so many times the original's; no more than so much, or no less. */
export type Goal = { ofOriginal: number; isLeast?: boolean } | { atMost: number } | { atLeast: number };

/** One number of a scenario. */
export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly unit: Unit;
  /** The original's, from the figures to beat; absent where there is none. */
  readonly original?: number;
  readonly goal?: Goal;
}

/** What one repetition measured. */
export interface Sample {
  /** By the key of the figure. */
  readonly values: Readonly<Record<string, number>>;
  /** Event-loop delays of the nodes during the work. */
  readonly loop: LoopDelays;
}

/** What is measured, and how. */
export interface RunContext {
  readonly system: System;
  /** What the workers are, where that is not what the master is. */
  readonly workerSystem?: System | undefined;
  /** Beginning of the paths of CPU profiles; null writes none. */
  readonly profilePrefix: string | null;
}

/** A piece of work that is done and measured several times, each time by new processes. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  /** The original cannot do it, or not so that it could be measured. */
  readonly isMusterAlone?: boolean;
  /** What stands in the column of Muster, where it means something beside the original alone: without that it is skipped. */
  readonly pairing?: (muster: System, original: System) => Pick<RunContext, 'system' | 'workerSystem'>;
  run(context: RunContext): Promise<Sample>;
}
