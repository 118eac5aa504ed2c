import {
  type AgentState,
  firstState,
  nextRelease,
  otherGroups,
  type SimulatedAgent,
  type Surroundings,
} from './agent-state.ts';
import { CONNECTS_PER_S, MIN_AWAY_MS } from './limits.ts';
import { below, type Random, randomFrom } from './random.ts';

/** What an agent does, or what is done with it. */
export const DEEDS = ['connect', 'keepalive', 'update', 'regroup', 'leave', 'return', 'move'] as const;
export type Deed = (typeof DEEDS)[number];

/** Something that happens at a moment. */
export interface Act {
  /** Since the beginning. */
  readonly atMs: number;
  readonly deed: Deed;
  /** As it is then. */
  readonly agent: AgentState;
}

export interface PlanOptions extends Surroundings {
  readonly agents: readonly SimulatedAgent[];
  /** Acts of all agents together, a second, when all have connected. */
  readonly rate: number;
}

/** Of a hundred turns of connected agents, how many are no keepalives. */
const LEAVE_PERCENT = 1;
const UPDATE_PERCENT = 0.5;
const REGROUP_PERCENT = 0.5;
/** Of a hundred that return, how many do it elsewhere. */
const MOVE_PERCENT = 50;

/** How the agents begin. */
export function firstStates(options: PlanOptions): AgentState[] {
  return options.agents.map((agent) => firstState(agent, options));
}

/**
 * What happens when: first everybody connects, then each agent has its turn, over and over. Nothing but the options
 * decides, so that a seed tells it all. It has no end.
 */
export function* plan(options: PlanOptions): Generator<Act, never> {
  const states = firstStates(options);
  const random = randomFrom(options.seed);
  let atMs = 0;
  for (const agent of states) {
    yield { atMs, deed: 'connect', agent };
    atMs += 1000 / CONNECTS_PER_S;
  }
  for (let turn = 0; ; turn = (turn + 1) % states.length) {
    const agent = states[turn];
    const act = agent && turnOf(agent, atMs, random, options);
    if (act) {
      states[turn] = act.agent;
      yield act;
    }
    atMs += 1000 / options.rate;
  }
}

/** Null while it stays away. */
function turnOf(agent: AgentState, atMs: number, random: Random, options: PlanOptions): Act | null {
  if (agent.leftAtMs !== null) {
    return atMs - agent.leftAtMs < MIN_AWAY_MS ? null : comeBack(agent, atMs, random, options.homes);
  }
  let percent = random() * 100;
  const isOf = (share: number) => {
    percent -= share;
    return percent < 0;
  };
  if (isOf(LEAVE_PERCENT)) return { atMs, deed: 'leave', agent: { ...agent, leftAtMs: atMs } };
  if (isOf(UPDATE_PERCENT)) return { atMs, deed: 'update', agent: { ...agent, release: nextRelease(agent) } };
  if (isOf(REGROUP_PERCENT) && options.groups.length > 1) {
    return { atMs, deed: 'regroup', agent: { ...agent, groups: otherGroups(random, agent, options.groups) } };
  }
  return { atMs, deed: 'keepalive', agent };
}

function comeBack(agent: AgentState, atMs: number, random: Random, homes: number): Act {
  const moves = random() * 100 < MOVE_PERCENT && homes > 1;
  const home = moves ? (agent.home + 1 + below(random, homes - 1)) % homes : agent.home;
  return { atMs, deed: moves ? 'move' : 'return', agent: { ...agent, home, leftAtMs: null } };
}
