import assert from 'node:assert/strict';
import { setInterval as ticks } from 'node:timers/promises';
import { readAgentRows } from '../../src/cli/demo/agent-rows.ts';
import { agentData } from '../../src/simulate/agent-data.ts';
import { type AgentState, otherGroups, type SimulatedAgent } from '../../src/simulate/agent-state.ts';
import { untilPresent } from '../../src/simulate/appear.ts';
import { assignGroups, Performer } from '../../src/simulate/performer.ts';
import { type Act, firstStates, type PlanOptions } from '../../src/simulate/plan.ts';
import { play } from '../../src/simulate/play.ts';
import { makeGroups, registerAgents } from '../../src/simulate/registry.ts';
import { type HomeTally, Tally } from '../../src/simulate/tally.ts';
import type { Cluster } from '../e2e/cluster.ts';
import { waitFor } from '../harness/wait-for.ts';
import { LastingPlan } from './lasting-plan.ts';
import { below, randomFrom } from './random.ts';
import { storesApart, type WitnessedHome, witnessedHome } from './witnessed-home.ts';

const PREFIX = 'sim';
const GROUPS = 4;
/** How often somebody changes groups. */
const REGROUP_MS = 100;

export interface PopulationOptions {
  readonly seed: number;
  readonly agents: number;
  /** Reports of all agents together, a second. */
  readonly rate: number;
  /** Agents that get into other groups at a time. */
  readonly regrouped: number;
}

/** What stores have taken, and what they have not. */
export interface Counts {
  readonly reports: number;
  readonly groupChanges: number;
  readonly failed: number;
}

/** Agents report to workers alone: what they tell a master has nowhere to travel. */
class PlanPerformer extends Performer {
  readonly #plan: LastingPlan;

  constructor(homes: readonly WitnessedHome[], tally: Tally, plan: LastingPlan) {
    super(homes, tally);
    this.#plan = plan;
  }

  override perform(act: Act): Promise<void> {
    this.#plan.begun(act);
    return super.perform({ ...act, agent: { ...act.agent, home: act.agent.home + 1 } });
  }
}

/** Agents that report to the workers of a cluster and move between them, while somebody changes their groups on the master. */
export class Population {
  readonly #options: PopulationOptions;
  readonly #random: () => number;
  /** The master's is the first. */
  readonly #homes: readonly WitnessedHome[];
  readonly #tally: Tally;
  readonly #performer: Performer;
  readonly #groups: readonly string[];
  readonly #agents: readonly SimulatedAgent[];
  readonly #plan: LastingPlan;
  #groupChanges = 0;
  #failedChanges = 0;

  /** Makes the files of the master that name agents and groups. */
  constructor(cluster: Cluster, options: PopulationOptions) {
    this.#options = options;
    this.#random = randomFrom(options.seed);
    this.#homes = cluster.nodes.map(({ home, name }, index) => witnessedHome(home, name, index === 0));
    const names = this.#homes.map(({ nodeName }) => nodeName);
    this.#tally = new Tally(names, () => {});
    this.#groups = ['default', ...makeGroups(cluster.master.home, PREFIX, GROUPS)];
    this.#agents = registerAgents(cluster.master.home, PREFIX, options.agents).agents;
    this.#plan = new LastingPlan(this.#planOptions);
    this.#performer = new PlanPerformer(this.#homes, this.#tally, this.#plan);
  }

  /** Waits until all stores have the agents, and puts them into groups. */
  async begin(timeoutMs: number): Promise<void> {
    const awaited = { agents: this.#agents, groups: this.#groups };
    const isPresent = (home: WitnessedHome) => untilPresent(home, awaited, AbortSignal.timeout(timeoutMs));
    for (const home of this.#homes) await this.#isServed(home, timeoutMs);
    await Promise.all(this.#homes.map(isPresent));
    await assignGroups(this.#master, firstStates(this.#planOptions));
  }

  /** Goes on with the plan until the signal comes; what the stores do not take is no reason to stop. */
  async play(signal: AbortSignal): Promise<void> {
    await Promise.all([play(this.#plan.onwards(), this.#performer, { signal }), this.#regroup(signal)]);
  }

  /** While it is played: so many more reports were taken. */
  async goesOn(reports: number, timeoutMs: number): Promise<void> {
    const enough = this.counts.reports + reports;
    await waitFor('stores to take reports', () => this.counts.reports >= enough, timeoutMs);
  }

  /** An agent at each worker tells something new, and one gets into other groups. Rejects unless all stores take it. */
  async pulse(): Promise<void> {
    for (const home of this.#workers) {
      const state = this.#anyState();
      await home.store.updateAgentData(agentData(state, home));
    }
    await this.#change(1);
  }

  /** Some agents report to one worker, and in a later second to another, until the master has heard of it from that one. */
  async migrate(from: string, to: string, timeoutMs: number): Promise<void> {
    const states = this.#drawn(this.#options.regrouped);
    const [old, next] = [this.#worker(from), this.#worker(to)];
    const report = (home: WitnessedHome) =>
      Promise.all(states.map((state) => home.store.updateAgentData(agentData(state, home))));
    await report(old);
    const second = () => Math.floor(Date.now() / 1000);
    const reportedS = second();
    await waitFor('another second', () => second() > reportedS);
    await report(next);
    const isHeard = () => {
      const rows = readAgentRows(this.#master.path);
      return states.every(({ id }) => rows.get(id)?.columns.node_name === to);
    };
    await waitFor('the master to hear of them', isHeard, timeoutMs);
  }

  /** Changes groups behind the master's back, in the store of a worker that others of its machine use too. */
  async tamper(worker: string): Promise<void> {
    const home = this.#worker(worker);
    const data = this.#drawn(this.#options.regrouped).map(({ id, groups }) => ({ id, groups }));
    const order = JSON.stringify({ mode: 'override', sync_status: 'synced', data });
    const { status } = await home.store.query(`global set-agent-groups ${order}`);
    assert.equal(status, 'ok');
  }

  /**
   * Waits until the stores are in step, row by row, and have kept what they confirmed: of each agent the master has what
   * the worker that heard of it last has, its groups are the same everywhere, with their hashes, and all is marked so.
   */
  async settled(timeoutMs: number, told: () => string): Promise<void> {
    let apart: readonly string[] = [];
    const isSettled = async () => {
      apart = await storesApart(this.#homes);
      return apart.length === 0;
    };
    await waitFor('the stores to be in step', isSettled, timeoutMs, () =>
      [...apart.slice(0, 20), told()].join('\n'),
    );
    for (const { ledger, path } of this.#homes) ledger.settle(readAgentRows(path));
  }

  get counts(): Counts {
    const sum = (of: (tally: HomeTally) => readonly number[]) =>
      this.#tally.homes.flatMap(of).reduce((total, number) => total + number, 0);
    return {
      reports: sum(({ done }) => Object.values(done)),
      groupChanges: this.#groupChanges,
      failed: sum(({ errors }) => Object.values(errors)) + this.#failedChanges,
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#homes.map(({ store }) => store.close()));
  }

  get #master(): WitnessedHome {
    const [master] = this.#homes;
    assert.ok(master);
    return master;
  }

  get #workers(): readonly WitnessedHome[] {
    return this.#homes.slice(1);
  }

  #worker(name: string): WitnessedHome {
    const worker = this.#workers.find(({ nodeName }) => nodeName === name);
    assert.ok(worker);
    return worker;
  }

  get #planOptions(): PlanOptions {
    const { seed, rate } = this.#options;
    return { seed, rate, homes: this.#workers.length, groups: this.#groups, agents: this.#agents };
  }

  async #isServed({ nodeName, store }: WitnessedHome, timeoutMs: number): Promise<void> {
    const isServed = () =>
      store.allAgents().then(
        () => true,
        () => false,
      );
    await waitFor(`the store of ${nodeName} to be served`, isServed, timeoutMs);
  }

  async #regroup(signal: AbortSignal): Promise<void> {
    try {
      for await (const _ of ticks(REGROUP_MS, undefined, { signal })) {
        await this.#change(this.#options.regrouped).then(
          () => {
            this.#groupChanges += this.#options.regrouped;
          },
          // The ledger has them.
          () => {
            this.#failedChanges += this.#options.regrouped;
          },
        );
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #change(count: number): Promise<void> {
    await assignGroups(this.#master, this.#drawn(count));
  }

  /** So many agents, each once, with other groups than the plan has for them. */
  #drawn(count: number): AgentState[] {
    const states = new Map<number, AgentState>();
    while (states.size < Math.min(count, this.#agents.length)) {
      const state = this.#anyState();
      states.set(state.id, { ...state, groups: otherGroups(this.#random, state, this.#groups) });
    }
    return [...states.values()];
  }

  #anyState(): AgentState {
    const agent = this.#agents[below(this.#random, this.#agents.length)];
    assert.ok(agent);
    return (
      this.#plan.states.get(agent.id) ?? {
        ...agent,
        home: 0,
        system: 0,
        release: 0,
        groups: [],
        leftAtMs: null,
      }
    );
  }
}
