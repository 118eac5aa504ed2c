import { complaintText } from '../../agents/group-names.ts';
import type { HomeFacts } from '../../simulate/homes.ts';
import type { PlayOptions } from '../../simulate/play.ts';
import { Simulation } from '../../simulate/simulation.ts';
import type { Trouble } from '../../simulate/tally.ts';
import type { NodeProcess } from './node-process.ts';

export interface AgentsOptions {
  readonly agents: number;
  /** What all of them do together, a second. */
  readonly rate: number;
}

/** Others, such as `muster agents simulate`, may play agents of their own at the same time. */
const PREFIX = 'demo';
const GROUPS = 4;
/** The same play every time. */
const SEED = 1;

/** The agents of the demonstration at these nodes, the master's first or a worker's alone: registered, in all stores, and in groups. */
export async function demoAgents(
  nodes: readonly NodeProcess[],
  { agents, rate }: AgentsOptions,
  signal: AbortSignal,
  onTrouble: (trouble: Trouble) => void = () => {},
): Promise<Simulation> {
  const homes = nodes.map(({ home, name, role }): HomeFacts => ({ path: home, nodeName: name, role }));
  const options = { prefix: PREFIX, count: agents, groups: GROUPS, rate, seed: SEED };
  const simulation = await Simulation.open(homes, options, onTrouble);
  try {
    await simulation.register(signal);
    return simulation;
  } catch (error) {
    await simulation.close();
    throw error;
  }
}

/** Lets them report to these nodes for a while. Rejects if anything went wrong. */
export async function letReport(
  nodes: readonly NodeProcess[],
  options: AgentsOptions,
  play: PlayOptions,
): Promise<void> {
  const troubles: Trouble[] = [];
  const simulation = await demoAgents(nodes, options, play.signal, (trouble) => troubles.push(trouble));
  try {
    await simulation.play(play);
  } finally {
    await simulation.close();
  }
  const [first] = troubles;
  if (first !== undefined) throw first.error;
}

/** Puts the first agents of a master into other groups than they have; each round into others. */
export async function regroup({ store }: NodeProcess, count: number, round: number): Promise<void> {
  const groups = (await store.groups()).filter((name) => name.startsWith(PREFIX)).sort();
  const ids = (await store.allAgents()).slice(0, count);
  const groupOf = (index: number) => groups[index % groups.length] ?? '';
  const agents = ids.map((id, index) => {
    const [one, other] = [groupOf(index + round), groupOf(index + round + 1)];
    return { id, groups: (index + round) % 2 === 0 ? [one] : [one, other] };
  });
  const { errors } = await store.setAgentGroups({ mode: 'override', syncStatus: 'syncreq', agents });
  if (errors.length > 0) throw new Error(errors.map(complaintText).join('; '));
}
