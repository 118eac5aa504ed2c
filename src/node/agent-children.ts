import { fromPromise } from 'xstate';
import { periodicMachine, type RoundOutput } from '../../machines/periodic.ts';
import { child } from '../../machines/supervision/children.ts';
import { link } from '../../machines/supervision/link.ts';
import { type AgentStoreEffects, agentStore } from './effects/agent-store.ts';
import { mirrorRegistry } from './effects/registry.ts';
import { disconnectSilentAgents } from './effects/silent-agents.ts';
import type { NodeServices } from './services.ts';
import { AGENTS_LOOK_MS, AGENTS_RETRY_MS } from './settings.ts';
import { MAX_CHILD_END_MS, MAX_STORE_START_MS } from './supervision.ts';

/** The agent store, the same on every node: before everything that uses it. */
export function storeChild(services: NodeServices, effects: AgentStoreEffects) {
  return child({
    id: 'agentStore',
    logic: link(agentStore(services, effects)),
    input: undefined,
    restart: 'permanent',
    shutdownMs: MAX_CHILD_END_MS,
    awaitReadyMs: MAX_STORE_START_MS,
  });
}

/** The master's look at the age of keepalives. */
export const silentAgentsChild = (services: NodeServices) =>
  look('silentAgents', () => disconnectSilentAgents(services));

/** Agents come and go by files, on every node: looked for when files change, and now and then. */
export const registryChild = (services: NodeServices) => look('registry', () => mirrorRegistry(services));

/** Something that is done over and over; a false outcome is tried again soon. */
function look(id: string, task: () => Promise<boolean>) {
  const round = fromPromise<RoundOutput, object>(async () => ({ succeeded: await task() }));
  return child({
    id,
    logic: link(periodicMachine.provide({ actors: { task: round }, actions: { refuseRelayed: () => {} } })),
    input: { task: {}, intervalMs: AGENTS_LOOK_MS, retryMs: AGENTS_RETRY_MS },
    restart: 'permanent',
    shutdownMs: 0,
  });
}
