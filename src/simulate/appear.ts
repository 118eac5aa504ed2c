import { setTimeout as pause } from 'node:timers/promises';
import { MusterError } from '../protocol/errors.ts';
import type { SimulatedAgent } from './agent-state.ts';
import type { SimulatedHome } from './homes.ts';
import { APPEAR_POLL_MS, APPEAR_TIMEOUT_MS } from './limits.ts';

export interface Awaited {
  readonly agents: readonly SimulatedAgent[];
  readonly groups: readonly string[];
}

/** Resolves when the store of a home has these; the node takes them from its files. Rejects with 3215 if it does not. */
export async function untilPresent(
  home: SimulatedHome,
  awaited: Awaited,
  signal: AbortSignal,
): Promise<void> {
  const endMs = performance.now() + APPEAR_TIMEOUT_MS;
  for (;;) {
    const { agents, groups } = await missingIn(home, awaited);
    if (agents === 0 && groups === 0) return;
    if (performance.now() > endMs) {
      const words = `${agents} agents and ${groups} groups are not in the store of ${home.nodeName} after ${APPEAR_TIMEOUT_MS / 1000}s`;
      throw new MusterError(3215, words);
    }
    await pause(APPEAR_POLL_MS, undefined, { signal });
  }
}

async function missingIn({ store }: SimulatedHome, { agents, groups }: Awaited) {
  const [ids, names] = await Promise.all([store.allAgents(), store.groups()]);
  const [presentIds, presentNames] = [new Set(ids), new Set(names)];
  return {
    agents: agents.filter(({ id }) => !presentIds.has(id)).length,
    groups: groups.filter((name) => !presentNames.has(name)).length,
  };
}
