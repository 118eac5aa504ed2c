import type { LoopDelay } from './loop-delay.ts';
import type { Figure, Sample, Scenario } from './scenario.ts';
import { median } from './statistics.ts';

/** A figure over all repetitions. */
export interface FigureResult {
  readonly figure: Figure;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The original's: measured in the same run, or that of another day. */
  readonly original: number | null;
  /** What the goal comes to, in the unit of the figure; null without one. */
  readonly limit: number | null;
  readonly isMet: boolean | null;
}

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly repetitions: number;
  readonly figures: readonly FigureResult[];
  /** Medians of the repetitions. */
  readonly loop: { readonly master: LoopDelay; readonly worker: LoopDelay };
}

/** Medians of the samples, beside the original's: those of its own samples where it ran too. */
export function summarise(
  scenario: Scenario,
  samples: readonly Sample[],
  originals: readonly Sample[] = [],
): ScenarioResult {
  const loop = (side: 'master' | 'worker'): LoopDelay => ({
    p99Ms: median(samples.map((sample) => sample.loop[side].p99Ms)),
    maxMs: median(samples.map((sample) => sample.loop[side].maxMs)),
    ownP99Ms: median(samples.map((sample) => sample.loop[side].ownP99Ms)),
  });
  return {
    scenario,
    repetitions: samples.length,
    figures: scenario.figures.map((figure) => figureResult(figure, samples, originals)),
    loop: { master: loop('master'), worker: loop('worker') },
  };
}

function figureResult(
  figure: Figure,
  samples: readonly Sample[],
  originals: readonly Sample[],
): FigureResult {
  const values = valuesOf(figure, samples);
  const measured = valuesOf(figure, originals);
  const original = measured.length > 0 ? median(measured) : (figure.original ?? null);
  const value = median(values);
  const limit = limitOf(figure, original);
  return {
    figure,
    median: value,
    min: Math.min(...values),
    max: Math.max(...values),
    original,
    limit,
    isMet: limit === null ? null : isLowerBound(figure) ? value >= limit : value <= limit,
  };
}

/** Whether the goal is a least, not a most. */
export const isLowerBound = ({ goal }: Figure) =>
  goal !== undefined && ('atLeast' in goal || ('ofOriginal' in goal && goal.isLeast === true));

const valuesOf = ({ key }: Figure, samples: readonly Sample[]) =>
  samples.flatMap(({ values }) => values[key] ?? []);

function limitOf({ goal }: Figure, original: number | null): number | null {
  if (goal === undefined) return null;
  if ('atMost' in goal) return goal.atMost;
  if ('atLeast' in goal) return goal.atLeast;
  return original === null ? null : original * goal.ofOriginal;
}
