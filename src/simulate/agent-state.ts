import { below, oneOf, type Random, randomFrom } from './random.ts';
import { systems } from './systems.ts';

/** Who an agent is, whatever it does. */
export interface SimulatedAgent {
  readonly id: number;
  readonly name: string;
}

/** How an agent is at a moment of the plan. */
export interface AgentState extends SimulatedAgent {
  /** Where it reports: a place in the list of homes. */
  readonly home: number;
  /** Places in the list of systems, and in its releases. */
  readonly system: number;
  readonly release: number;
  /** The first has priority. */
  readonly groups: readonly string[];
  /** When it left; null while it is connected. */
  readonly leftAtMs: number | null;
}

/** What the agents find. */
export interface Surroundings {
  readonly seed: number;
  /** How many homes there are to report to. */
  readonly homes: number;
  /** Groups that they may get into; where there are less than two, they stay as they are. */
  readonly groups: readonly string[];
}

/** How an agent begins: the same for the same seed, whoever else is there. */
export function firstState(agent: SimulatedAgent, { seed, homes, groups }: Surroundings): AgentState {
  const random = randomFrom(Math.imul(seed ^ agent.id, 0x9e3779b1));
  const system = systemOf(random);
  const release = below(random, systems[system]?.releases.length ?? 1);
  return {
    ...agent,
    home: below(random, homes),
    system,
    release,
    groups: drawGroups(random, groups),
    leftAtMs: null,
  };
}

const ALL_SHARES = systems.reduce((sum, { share }) => sum + share, 0);

function systemOf(random: Random): number {
  let left = random() * ALL_SHARES;
  return systems.findIndex(({ share }) => {
    left -= share;
    return left < 0;
  });
}

/** The release that an update leads to. */
export function nextRelease({ system, release }: AgentState): number {
  return (release + 1) % (systems[system]?.releases.length ?? 1);
}

const SECOND_GROUP_SHARE = 0.4;
const THIRD_GROUP_SHARE = 0.1;

function drawGroups(random: Random, groups: readonly string[]): string[] {
  const share = random();
  const wanted = 1 + Number(share < SECOND_GROUP_SHARE) + Number(share < THIRD_GROUP_SHARE);
  const drawn = new Set<string>();
  while (drawn.size < Math.min(wanted, groups.length)) drawn.add(oneOf(random, groups));
  return [...drawn];
}

/** Other groups than it has; there have to be two to choose from. */
export function otherGroups(random: Random, agent: AgentState, groups: readonly string[]): string[] {
  for (;;) {
    const drawn = drawGroups(random, groups);
    if (drawn.join() !== agent.groups.join()) return drawn;
  }
}
