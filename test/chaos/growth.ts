import type { Sample } from './sample.ts';
import { type Slope, slopeOf, type Verdict, verdictOf } from './slope.ts';

const MS_PER_MINUTE = 60_000;
const MIB = 1_048_576;

/**
 * What may rise by so much a minute before it counts as a leak, for each thing that is sampled. A leak is a thing that
 * is kept for each connection or each sync. In a soak the master sees fifteen connections and hundreds of syncs a minute,
 * a worker tens of syncs: one descriptor, one handle or 32 KiB for each tenth of them would already exceed these. Below
 * them lies what a healthy process shows: the resident set follows the fragmentation of the allocator for a while, the
 * heap the compiled code and inline caches of paths that are taken for the first time.
 */
export const TOLERANCE = { rss: 2, heap: 0.3, descriptors: 0.5, handles: 0.5 } as const;

export type Measure = keyof typeof TOLERANCE;
export type Growth = Readonly<Record<Measure, Slope>>;

const VALUE: Readonly<Record<Measure, (sample: Sample) => number>> = {
  rss: ({ rssBytes }) => rssBytes / MIB,
  heap: ({ heapBytes }) => heapBytes / MIB,
  descriptors: ({ descriptors }) => descriptors,
  handles: ({ handles }) => handles,
};
export const MEASURES = Object.keys(TOLERANCE) as Measure[];

export const measured = (measure: Measure, sample: Sample) => VALUE[measure](sample);

/** Of so many samples in a row the least counts: what is kept is there in quiet moments too, what is in use is not. */
const WINDOW_SAMPLES = 5;

/** How fast each thing grows, MiB or number a minute. */
export function growthOf(samples: readonly Sample[]): Growth {
  const of = (measure: Measure) =>
    slopeOf(
      windowsOf(samples).map((window) => {
        const middle = window[Math.floor(window.length / 2)] as Sample;
        return [middle.atMs / MS_PER_MINUTE, Math.min(...window.map(VALUE[measure]))] as const;
      }),
    );
  return { rss: of('rss'), heap: of('heap'), descriptors: of('descriptors'), handles: of('handles') };
}

/** Whole windows; what is left at the beginning is left out. */
function windowsOf(samples: readonly Sample[]): Sample[][] {
  const count = Math.floor(samples.length / WINDOW_SAMPLES);
  const first = samples.length - count * WINDOW_SAMPLES;
  return Array.from({ length: count }, (_, i) =>
    samples.slice(first + i * WINDOW_SAMPLES, first + (i + 1) * WINDOW_SAMPLES),
  );
}

/** What can be said of each thing. */
export const verdictsOf = (growth: Growth, measures: readonly Measure[] = MEASURES): Map<Measure, Verdict> =>
  new Map(measures.map((measure) => [measure, verdictOf(growth[measure], TOLERANCE[measure])]));

/** In one word, and of what: `GROWS: heap; inconclusive: rss`. */
export function describeVerdicts(verdicts: ReadonlyMap<Measure, Verdict>): string {
  const which = (wanted: Verdict) =>
    [...verdicts].filter(([, verdict]) => verdict === wanted).map(([measure]) => measure);
  const parts = [
    ['GROWS', which('grows')],
    ['inconclusive', which('inconclusive')],
  ] as const;
  const told = parts.filter(([, measures]) => measures.length > 0);
  if (told.length === 0) return 'level';
  return told.map(([word, measures]) => `${word}: ${measures.join(', ')}`).join('; ');
}
