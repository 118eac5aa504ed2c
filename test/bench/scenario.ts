import type { System } from './bench-node.ts';
import type { LoopDelays } from './loop-delay.ts';

export type Unit = 's' | 'ms' | 'MiB' | 'KiB' | '/s' | '';

/** What a figure has to be: a share of the original's, no more than so much, or no less. */
export type Goal = { ofOriginal: number } | { atMost: number } | { atLeast: number };

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
  run(context: RunContext): Promise<Sample>;
}
