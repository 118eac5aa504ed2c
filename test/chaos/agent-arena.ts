import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from '../e2e/cluster.ts';
import type { NodeProcess } from '../e2e/node-process.ts';
import { waitFor } from '../harness/wait-for.ts';
import { GIVEN_UP, SHORT_TIMEOUTS, type Side } from './arena.ts';
import { Armed } from './armed.ts';
import type { Fault } from './fault.ts';
import { FaultProxy } from './fault-proxy.ts';
import { leavesNothing } from './leftovers.ts';
import { Population } from './population.ts';

/** Syncs so often that each case meets many; a worker that differs twice asks for all groups. */
const SETTINGS = {
  intervals: {
    ...SHORT_TIMEOUTS.intervals,
    worker: {
      ...SHORT_TIMEOUTS.intervals.worker,
      sync_agent_info: 0.2,
      timeout_agent_groups: 4,
      agent_groups_mismatch_limit: 2,
    },
    master: {
      ...SHORT_TIMEOUTS.intervals.master,
      sync_agent_groups: 0.2,
      agent_group_start_delay: 0,
      timeout_agent_info: 4,
    },
  },
};
/** What a worker has to tell after an outage does not fit one chunk. */
const AGENTS = 300;
const REPORTS_PER_S = 300;
const REGROUPED = 15;
/** Time for a node to come to a point, and for a cluster to come into step again. */
const DEADLINE_MS = 60_000;
/** What a process opens once, by whatever comes first after it was in step; each case would keep one. */
const MAX_KEPT_DESCRIPTORS = 5;
const MAX_TOLD_CHARS = 5_000;

/** A fault that one side meets while agents report and their groups change. */
export interface AgentCase {
  readonly side: Side;
  readonly fault: Fault;
  /** From then on nobody tells anything: only what repairs it can bring what was on its way. */
  readonly isQuiet?: boolean;
  /** Groups are changed on the worker behind its master's back, so that it needs all. */
  readonly tampered?: boolean;
  /** Kill the other side too. */
  readonly both?: boolean;
  /** A side that is stopped stays so until the other one has given it up. */
  readonly givenUp?: boolean;
}

export const nameOfAgentCase = ({ side, fault, isQuiet, tampered, both, givenUp }: AgentCase) => {
  const more = [
    isQuiet ? ', and silence' : '',
    tampered ? ', after groups were changed on the worker' : '',
    both ? ', and the other side at once' : '',
    givenUp ? ' until it is given up' : '',
  ];
  return `${side}: ${fault.action} at ${fault.point} (${fault.passage})${more.join('')}`;
};

/** A master and two workers, to the first of them over a bad network, with agents: in step again after whatever happens. */
export class AgentArena {
  readonly cluster: Cluster;
  readonly proxy: FaultProxy;
  readonly #population: Population;
  readonly #armed: Armed;
  /** Descriptors of each process when it was first in step. */
  readonly #descriptors = new Map<number, number>();

  private constructor(cluster: Cluster, proxy: FaultProxy, seed: number) {
    this.cluster = cluster;
    this.proxy = proxy;
    this.#armed = new Armed(cluster.directory);
    const options = { seed, agents: AGENTS, rate: REPORTS_PER_S, regrouped: REGROUPED };
    this.#population = new Population(cluster, options);
  }

  /** Three nodes in step. `main`: what is run, if not the sources. */
  static async create(seed: number, main?: string): Promise<AgentArena> {
    const cluster = await Cluster.create(0, undefined, main);
    const proxy = await FaultProxy.open(cluster.port);
    await cluster.addWorker('worker1', 'worker1', proxy.port);
    await cluster.addWorker('worker2');
    cluster.configure(SETTINGS);
    const arena = new AgentArena(cluster, proxy, seed);
    try {
      for (const node of cluster.nodes) arena.#armed.start(node);
      await arena.#population.begin(DEADLINE_MS);
      await arena.#atPeace();
      return arena;
    } catch (error) {
      await arena.close();
      throw error;
    }
  }

  passages(): Map<string, number> {
    return this.#armed.passages();
  }

  /** Has one side meet its fault. Rejects unless all heals, nothing is lost and nothing left over. */
  async play({ side, fault, isQuiet, tampered, both, givenUp }: AgentCase): Promise<void> {
    const { master, workers } = this.cluster;
    const [worker] = workers;
    assert.ok(worker);
    const [victim, others] = side === 'master' ? [master, workers] : [worker, [master]];
    await this.#stirred(async (silence) => {
      const number = this.#armed.strikes() + 1;
      this.#armed.arm(victim, fault);
      if (tampered) await this.#population.tamper(worker.name);
      await this.#armed.struck(victim, fault, number, DEADLINE_MS);
      // Each has its turn meanwhile: whatever workers wait to hear of is old then.
      if (fault.action === 'stop' && side === 'master') await this.#population.goesOn(AGENTS, DEADLINE_MS);
      // Not waited for: of who is stopped nobody hears.
      if (isQuiet) void silence();
      if (both) await Promise.all(others.map((other) => other.kill('SIGKILL')));
      if (givenUp) await this.#givenUp(others);
    });
  }

  /** Between the master and the first worker the network is bad until something has happened. Rejects as `play` does. */
  async storm(disturb: (proxy: FaultProxy) => void, until: (proxy: FaultProxy) => boolean): Promise<void> {
    await this.#stirred(async () => {
      disturb(this.proxy);
      await waitFor(
        'the bad network to have had its effect',
        () => until(this.proxy),
        DEADLINE_MS,
        this.#told,
      );
    });
  }

  /** The network swallows everything until both sides have given each other up. Rejects as `play` does. */
  async blackHole(): Promise<void> {
    await this.#stirred(async () => {
      this.proxy.blackHole();
      await this.#givenUp([this.cluster.master, ...this.cluster.workers.slice(0, 1)]);
    });
  }

  /** Agents leave a worker that is cut off for another: what the first one tells later is old. Rejects as `play` does. */
  async migrate(): Promise<void> {
    const [from, to] = this.cluster.workers;
    assert.ok(from && to);
    await this.#stirred(async (silence) => {
      this.proxy.freeze();
      await silence();
      await this.#population.migrate(from.name, to.name, DEADLINE_MS);
    });
  }

  /** All end by SIGTERM without an error, and free their homes. */
  async endInOrder(): Promise<void> {
    for (const node of [...this.cluster.workers, this.cluster.master]) {
      await node.kill('SIGTERM');
      assert.equal(node.exitCode, 0, node.output);
      assert.ok(!readdirSync(join(node.home, 'var/run')).includes('muster.lock'));
      assert.deepEqual(readdirSync(join(node.home, 'queue/db')).sort(), ['global.db']);
    }
  }

  /** What the machines of all nodes did in all their lives, verified; how many steps that were. */
  verifiedSteps(): number {
    return this.#armed.verifiedSteps();
  }

  async close(): Promise<void> {
    await this.#population.close();
    await this.cluster.close();
    await this.proxy.close();
  }

  /** Agents report and groups change before, during and after something bad. Then there is peace. */
  async #stirred(bad: (silence: () => Promise<void>) => Promise<void>): Promise<void> {
    await this.#revive();
    const over = new AbortController();
    const playing = this.#population.play(over.signal);
    try {
      await bad(() => {
        over.abort();
        return playing;
      });
      await this.#revive();
    } finally {
      // Who is stopped would keep requests waiting.
      for (const node of this.cluster.nodes) node.signal('SIGCONT');
      over.abort();
      await playing;
    }
    await this.#atPeace();
  }

  /** Lets all run, connected over a good network. */
  async #revive(): Promise<void> {
    this.proxy.heal();
    for (const node of this.cluster.nodes) {
      node.signal('SIGCONT');
      if (!node.runs) this.#armed.start(node);
    }
    const isConnected = async (worker: NodeProcess) => {
      const status = await this.cluster.status(worker).catch(() => null);
      return status?.connected === true;
    };
    for (const worker of this.cluster.workers)
      await waitFor(`${worker.name} to be connected`, () => isConnected(worker), DEADLINE_MS, this.#told);
  }

  /** All is repaired; then whatever is new travels as ever, and nothing is kept of what happened. */
  async #atPeace(): Promise<void> {
    await this.#population.settled(DEADLINE_MS, this.#told);
    await this.#population.pulse();
    await this.#population.settled(DEADLINE_MS, this.#told);
    await leavesNothing(this.cluster.nodes, DEADLINE_MS);
    for (const node of this.cluster.nodes) await this.#keepsNothing(node);
  }

  async #keepsNothing({ name, pid }: NodeProcess): Promise<void> {
    const count = () => readdirSync(`/proc/${pid}/fd`).length;
    const first = this.#descriptors.get(pid) ?? count();
    this.#descriptors.set(pid, first);
    const told = () => `${count()}, at first ${first}`;
    const isFreed = () => count() <= first + MAX_KEPT_DESCRIPTORS;
    await waitFor(`${name} to keep no descriptors`, isFreed, DEADLINE_MS, told);
  }

  /** Waits until these have given up a peer. */
  async #givenUp(nodes: readonly NodeProcess[]): Promise<void> {
    const told = new Map(nodes.map((node) => [node, node.output.length]));
    for (const [node, length] of told) {
      const isGivenUp = () => GIVEN_UP.test(node.output.slice(length));
      await waitFor(`${node.name} to give up`, isGivenUp, DEADLINE_MS, this.#told);
    }
  }

  readonly #told = () =>
    this.cluster.nodes.map(({ name, output }) => `${name}:\n${withoutKeepalives(output)}`).join('\n');
}

const withoutKeepalives = (output: string) =>
  output
    .split('\n')
    .filter((line) => !line.includes('Keep Alive'))
    .join('\n')
    .slice(-MAX_TOLD_CHARS);
