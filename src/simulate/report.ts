import type { NodeRole } from '../config/node-config.ts';
import type { SimulatedHome } from './homes.ts';
import type { Deed } from './plan.ts';
import type { Tally } from './tally.ts';

export interface HomeReport {
  readonly name: string;
  readonly role: NodeRole;
  /** Agents that are connected to it in the end. */
  readonly connected: number;
  readonly done: Readonly<Record<Deed, number>>;
  /** How many, by code. */
  readonly errors: Readonly<Record<number, number>>;
}

/** What a simulation did. */
export interface SimulationReport {
  readonly seed: number;
  readonly agents: number;
  /** How many of them were registered by it. */
  readonly registered: number;
  /** Until they were in all stores. */
  readonly registerMs: number;
  readonly connectMs: number;
  /** After all had connected, and how many acts there were, those that failed included. */
  readonly playMs: number;
  readonly acts: number;
  /** Time by which stores held it up. */
  readonly lostMs: number;
  readonly errors: number;
  readonly nodes: readonly HomeReport[];
}

export type SimulationTimes = Omit<SimulationReport, 'errors' | 'nodes'>;

export function reportOf(
  homes: readonly SimulatedHome[],
  tally: Tally,
  times: SimulationTimes,
): SimulationReport {
  const nodes = homes.map(({ nodeName, role }, index): HomeReport => {
    const { done, errors } = tally.homes[index] ?? { done: {} as Record<Deed, number>, errors: {} };
    return { name: nodeName, role, connected: tally.connectedTo(index), done, errors };
  });
  const errors = sum(nodes.map((node) => sum(Object.values(node.errors))));
  return { ...times, errors, nodes };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
