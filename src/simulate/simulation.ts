import { MusterError } from '../protocol/errors.ts';
import type { SimulatedAgent } from './agent-state.ts';
import { untilPresent } from './appear.ts';
import { leaveOtherHomes } from './farewell.ts';
import { closeHomes, type HomeFacts, openHomes, type SimulatedHome } from './homes.ts';
import { assignGroups, Performer } from './performer.ts';
import { firstStates, type PlanOptions, plan } from './plan.ts';
import { type PlayOptions, play } from './play.ts';
import { knownAgents, makeGroups, registerAgents } from './registry.ts';
import { reportOf, type SimulationReport } from './report.ts';
import { Tally, type Trouble } from './tally.ts';

export interface SimulationOptions {
  /** What the names of its agents and groups begin with; two plays at the same time need two. */
  readonly prefix: string;
  readonly count: number;
  /** Groups that are made for them, beside `default`. */
  readonly groups: number;
  /** What all agents do together, a second. */
  readonly rate: number;
  readonly seed: number;
}

const DEFAULT_GROUP = 'default';

/**
 * Agents that are not there: registered in the master's `etc/client.keys`, and told to the stores of homes through their
 * sockets as the agent-facing daemons would tell them.
 */
export class Simulation {
  readonly #options: SimulationOptions;
  readonly #homes: readonly SimulatedHome[];
  readonly #tally: Tally;
  readonly #performer: Performer;
  #agents: readonly SimulatedAgent[] = [];
  #groups: readonly string[] = [];
  readonly #times = { registered: 0, registerMs: 0, connectMs: 0, playMs: 0, acts: 0, lostMs: 0 };

  private constructor(
    homes: readonly SimulatedHome[],
    options: SimulationOptions,
    onTrouble: (trouble: Trouble) => void,
  ) {
    this.#options = options;
    this.#homes = homes;
    const names = homes.map(({ nodeName }) => nodeName);
    this.#tally = new Tally(names, onTrouble);
    this.#performer = new Performer(homes, this.#tally);
  }

  /** The first home is the master's, or a worker's alone. Rejects with 2005 where nobody serves one of the stores. */
  static async open(
    homes: readonly HomeFacts[],
    options: SimulationOptions,
    onTrouble: (trouble: Trouble) => void,
  ): Promise<Simulation> {
    return new Simulation(await openHomes(homes), options, onTrouble);
  }

  /**
   * On a master, registers the agents, waits until all stores have them, and puts them into groups; a worker alone has
   * those that its master has registered. Rejects with 1701, 2003, 2005, 3113, 3119, 3211, 3215.
   */
  async register(signal: AbortSignal): Promise<void> {
    const [first] = this.#homes;
    if (first === undefined) return;
    const beginMs = performance.now();
    if (first.role === 'master') await this.#registerOn(first, signal);
    else this.#agents = await knownTo(first, this.#options);
    await leaveOtherHomes(this.#homes, firstStates(this.#planOptions), this.#performer);
    this.#times.registerMs = performance.now() - beginMs;
  }

  /** Plays until the time is over or the signal comes. */
  async play(options: PlayOptions): Promise<void> {
    Object.assign(this.#times, await play(plan(this.#planOptions), this.#performer, options));
  }

  /** What it did so far. */
  get report(): SimulationReport {
    const times = { seed: this.#options.seed, agents: this.#agents.length, ...this.#times };
    return reportOf(this.#homes, this.#tally, times);
  }

  close(): Promise<void> {
    return closeHomes(this.#homes);
  }

  async #registerOn(master: SimulatedHome, signal: AbortSignal): Promise<void> {
    const { prefix, count, groups } = this.#options;
    this.#groups = [DEFAULT_GROUP, ...makeGroups(master.path, prefix, groups)];
    const { agents, added } = registerAgents(master.path, prefix, count);
    this.#agents = agents;
    this.#times.registered = added;
    const awaited = { agents, groups: this.#groups };
    await Promise.all(this.#homes.map((home) => untilPresent(home, awaited, signal)));
    await assignGroups(master, firstStates(this.#planOptions));
  }

  get #planOptions(): PlanOptions {
    const { seed, rate } = this.#options;
    return { seed, rate, homes: this.#homes.length, groups: this.#groups, agents: this.#agents };
  }
}

async function knownTo(
  { store, nodeName }: SimulatedHome,
  { prefix, count }: SimulationOptions,
): Promise<SimulatedAgent[]> {
  const agents = await knownAgents(store, prefix, count);
  if (agents.length > 0) return agents;
  throw new MusterError(
    1701,
    `the store of ${nodeName} has none named ${prefix}-…; its master registers them`,
  );
}
