import assert from 'node:assert/strict';
import { type ConformReport, titleOf } from '../../src/conform/report.ts';
import { RecordedCoverage } from '../../src/inspect/coverage.ts';
import { readRecording } from '../../src/inspect/read-recording.ts';
import { transitionText } from '../../src/inspect/transitions.ts';

/** Machines of nodes by their id in the catalogue, and what of each no path of conformance can or shall cause. */
export type Held = Readonly<Record<string, readonly RegExp[]>>;

/** The paths of a report that depart, as much of them as tells why. */
export const departuresOf = ({ paths }: ConformReport) =>
  paths
    .filter(({ outcome }) => outcome === 'departs')
    .map(({ machine, steps, at, expected, got }) => ({ path: titleOf(machine, steps), at, expected, got }));

/**
 * These machines have taken in one of the recordings whatever matches `causable`, but for what they are excepted from; and
 * every exception is needed.
 */
export function assertCaused(recordings: readonly string[], causable: RegExp, held: Held): void {
  const coverage = new RecordedCoverage();
  for (const recording of recordings) for (const record of readRecording(recording)) coverage.take(record);
  const found = Object.entries(held).flatMap(([id, excepted]) => {
    const counts = coverage
      .of(id)
      .map(({ transition, count }) => ({ text: transitionText(transition), count }))
      .filter(({ text }) => causable.test(text));
    assert.ok(counts.length > 0, id);
    const left = counts.filter(({ count }) => count === 0).map(({ text }) => text);
    return [
      ...left
        .filter((text) => !excepted.some((pattern) => pattern.test(text)))
        .map((text) => `${id}: not caused: ${text}`),
      ...excepted
        .filter((pattern) => !left.some((text) => pattern.test(text)))
        .map((pattern) => `${id}: excepted without need: ${pattern}`),
    ];
  });
  assert.deepEqual(found, []);
}
