import type { Turns } from '../turns.ts';
import type { AgentStore } from './store.ts';

const CALLS = [
  'findAgents',
  'countAgents',
  'countActiveAgents',
  'setAgentGroups',
  'findGroup',
  'insertGroup',
  'deleteGroup',
  'groupSizes',
] as const satisfies readonly (keyof AgentStore)[];

/** What of the agent store requests use. */
export type RequestStore = Pick<AgentStore, (typeof CALLS)[number]>;

/**
 * A store whose calls wait for their turn: however much is asked for others, what the node does itself never stands behind
 * all of it. Calls that wait when the signal comes are not begun, and reject with 3120.
 */
export function inTurns(store: () => AgentStore, turns: Turns, signal?: AbortSignal): RequestStore {
  const calls = CALLS.map((name) => {
    const call = (...args: never[]) =>
      turns.run(() => (store()[name] as (...args: never[]) => Promise<unknown>)(...args), signal);
    return [name, call];
  });
  return Object.fromEntries(calls);
}
