import { type Act, planActs } from './acts.ts';
import type { SimulateOptions } from './simulate.ts';
import { World } from './world.ts';

export const DEFAULT_WORKERS = 3;
export const DEFAULT_STEPS = 40;
export const AGENTS = 5;
export const GROUPS: readonly string[] = ['default', 'web', 'db'];

export const workerNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `worker${index + 1}`);

/** What a seed has in store for its cluster. */
export function plannedActs({
  seed,
  workers = DEFAULT_WORKERS,
  steps = DEFAULT_STEPS,
}: SimulateOptions): Act[] {
  const plan = { acts: steps, workers: workerNames(workers), agents: AGENTS, groups: GROUPS };
  return planActs(new World(seed, 0).random('plan'), plan);
}

/** Those of the acts that have these numbers, from 0. */
export const pick = (acts: readonly Act[], kept: readonly number[]): Act[] =>
  kept.flatMap((index) => acts[index] ?? []);
