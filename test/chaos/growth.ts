import type { Sample } from './sample.ts';
import { risesBeyond, type Slope, slopeOf } from './slope.ts';

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

/** How fast each thing grows, MiB or number a minute. */
export function growthOf(samples: readonly Sample[]): Growth {
  const of = (measure: Measure) =>
    slopeOf(samples.map((sample) => [sample.atMs / MS_PER_MINUTE, VALUE[measure](sample)] as const));
  return { rss: of('rss'), heap: of('heap'), descriptors: of('descriptors'), handles: of('handles') };
}

/** What surely grows. */
export const leaksOf = (growth: Growth, measures: readonly Measure[] = MEASURES) =>
  measures.filter((measure) => risesBeyond(growth[measure], TOLERANCE[measure]));
