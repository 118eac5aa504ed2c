import { setImmediate } from 'node:timers/promises';

/** Items that are worked on between two pauses: a few milliseconds. */
export const SLICE_ITEMS = 1_000;

/** The same for each of many items, with pauses in which everybody else is served. */
export async function mapInSlices<T, R>(items: readonly T[], map: (item: T) => R): Promise<R[]> {
  const mapped: R[] = [];
  for (let at = 0; at < items.length; at += SLICE_ITEMS) {
    if (at > 0) await setImmediate();
    for (const item of items.slice(at, at + SLICE_ITEMS)) mapped.push(map(item));
  }
  return mapped;
}
