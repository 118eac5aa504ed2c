import { statSync } from 'node:fs';
import { join } from 'node:path';
import { MusterError, type WireError } from '../../protocol/errors.ts';
import { type ClientKey, changeClientKeys } from '../client-keys.ts';
import { writeRegistrationTimes } from '../registration-times.ts';
import { carryOut } from './carry-out.ts';
import type { JudgedOrder, Outcome } from './orders.ts';

const GROUPS = 'etc/shared';

/** What has become of orders, each at its place. */
export interface BatchResult {
  readonly outcomes: readonly Outcome[];
  /** Why it could not be noted when the agents were registered; null if it could. They are registered all the same. */
  readonly unnoted: WireError | null;
}

/**
 * Carries out orders, one after the other, and writes the file once: with all of them, or none. What it answers stands on
 * the disk. Throws 3113, 3119, 3211; then nothing was carried out.
 */
export function runBatch(home: string, orders: readonly JudgedOrder[], nowS: number): BatchResult {
  const hasGroup = (name: string) =>
    statSync(join(home, GROUPS, name), { throwIfNoEntry: false })?.isDirectory() === true;
  const { outcomes, agents } = changeClientKeys(home, (registry) => ({
    outcomes: orders.map((order) => carryOut({ registry, nowS, hasGroup }, order)),
    agents: registry.isChanged ? registry.agents : null,
  }));
  return { outcomes, unnoted: agents && noteTimes(home, agents, addedBy(outcomes)) };
}

function addedBy(outcomes: readonly Outcome[]): Map<number, number> {
  const times = new Map<number, number>();
  for (const change of outcomes.flatMap((outcome) => ('changes' in outcome ? outcome.changes : []))) {
    if (change.kind === 'added') times.set(change.agent.id, change.agent.dateAddS);
  }
  return times;
}

function noteTimes(
  home: string,
  agents: readonly ClientKey[],
  added: ReadonlyMap<number, number>,
): WireError | null {
  try {
    writeRegistrationTimes(home, agents, added);
    return null;
  } catch (error) {
    return MusterError.from(error).toWire();
  }
}
