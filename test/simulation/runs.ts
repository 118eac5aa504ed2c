import type { Run } from '../../src/sim/simulate.ts';

/** A run as it could have been. */
export const runOf = (more: Partial<Run> = {}): Run => ({
  seed: 1,
  acts: [],
  events: 10,
  virtualMs: 1_000,
  digest: 'aa',
  lines: [],
  failure: null,
  ...more,
});

export const failureOf = (message: string) => ({ message, step: 7, atS: 1.5 });
