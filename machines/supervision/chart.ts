import { createMachine } from 'xstate';
import { createSupervisor } from './supervisor.ts';

/** A supervisor with one child, under any name: the chart is the same for all. */
export const exampleSupervisor = (id: string) =>
  createSupervisor({
    id,
    strategy: 'one_for_one',
    intensity: 5,
    periodMs: 30_000,
    backoff: { firstMs: 100, maxMs: 5_000, jitter: 0.5 },
    children: [{ id: 'child', logic: createMachine({}), restart: 'permanent', shutdownMs: 5_000 }],
    effects: { now: () => 0, random: () => 0, report: () => {} },
  });

/** To be drawn. */
export const supervisorMachine = exampleSupervisor('supervisor');
