import { type AnyStateMachine, createMachine } from 'xstate';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';

/** A supervisor with an id as nodes give it: its chart is that of all others. */
export const namedSupervisor = (id: string): AnyStateMachine =>
  createSupervisor({
    id,
    strategy: 'one_for_one',
    intensity: 5,
    periodMs: 30_000,
    backoff: { firstMs: 100, maxMs: 5_000, jitter: 0.5 },
    children: [{ id: 'child', logic: createMachine({}), restart: 'permanent', shutdownMs: 5_000 }],
    effects: { now: () => 0, random: () => 0, report: () => {} },
  });
