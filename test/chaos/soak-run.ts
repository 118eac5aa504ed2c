import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setInterval as ticks } from 'node:timers/promises';
import { Cluster } from '../e2e/cluster.ts';
import type { NodeProcess } from '../e2e/node-process.ts';
import { waitFor } from '../harness/wait-for.ts';
import { Edits } from './edits.ts';
import { leavesNothing } from './leftovers.ts';
import { type Counts, Population, type PopulationOptions } from './population.ts';
import { below, randomFrom } from './random.ts';
import { lives, type Sample, startSampled } from './sample.ts';

/** One thread a node: twenty-six nodes share few processors. Periods short enough to be met many times. */
const SETTINGS = {
  intervals: {
    worker: { sync_integrity: 5, sync_agent_info: 2, keep_alive: 5, connection_retry: 2 },
    master: {
      process_pool_size: 1,
      recalculate_integrity: 5,
      sync_agent_groups: 2,
      agent_group_start_delay: 1,
      check_worker_lastkeepalive: 5,
      max_allowed_time_without_keepalive: 30,
    },
  },
};
/** Workers that are never killed, so that a process is seen through all of it. */
const WITNESSES = 2;
/** How often a kill is that of the master, while it is killed at all. */
const MASTER_SHARE = 0.3;
/** Part of the run in which the master is killed too; after that it is a witness, and has to live long enough for one. */
const MASTER_DIES_SHARE = 0.25;
const CONVERGE_MS = 120_000;
/** A node at rest has still keepalives and scans: the least of so many samples is what it holds without them. */
const REST_SAMPLES = 5;

export interface SoakOptions {
  readonly workers: number;
  readonly durationMs: number;
  readonly seed: number;
  readonly editEveryMs: number;
  readonly killEveryMs: number;
  readonly sampleEveryMs: number;
  readonly agents: Omit<PopulationOptions, 'seed'>;
  /** The command of a build, if not the sources. */
  readonly main?: string;
}

export interface SoakReport {
  readonly edits: number;
  readonly masterKills: number;
  readonly workerKills: number;
  readonly acts: Counts;
  /** From the last fault until all sets were equal, and all stores of agents. */
  readonly convergedMs: number;
  /** By name of the node: the samples of its last life, while faults went on. */
  readonly last: ReadonlyMap<string, readonly Sample[]>;
  /** Nodes that lived for at least three quarters of it. */
  readonly witnesses: readonly string[];
  /** By name of the node: what it holds at rest in the end beyond what it held at rest in the beginning. */
  readonly kept: ReadonlyMap<string, Rest>;
}

/** What a node holds while nothing happens. */
export interface Rest {
  readonly descriptors: number;
  readonly handles: number;
  readonly timers: number;
}

/**
 * Edits, reports of agents and changes of their groups all the time, and somebody dies all the time; then peace. Rejects
 * unless all is equal and clean in the end, and what stores had confirmed is still there.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const cluster = await Cluster.create(options.workers, undefined, options.main);
  try {
    cluster.configure(SETTINGS);
    const running = new Soak(cluster, options);
    return await running.run().finally(() => running.close());
  } finally {
    await cluster.close();
  }
}

class Soak {
  readonly #cluster: Cluster;
  readonly #options: SoakOptions;
  readonly #random: () => number;
  readonly #edits: Edits;
  readonly #population: Population;
  #masterKills = 0;
  #workerKills = 0;

  constructor(cluster: Cluster, options: SoakOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#random = randomFrom(options.seed);
    this.#edits = new Edits(cluster.master.home, this.#random);
    this.#population = new Population(cluster, { ...options.agents, seed: options.seed });
  }

  async run(): Promise<SoakReport> {
    for (const node of this.#cluster.nodes) this.#start(node);
    await this.#cluster.inStep(undefined, CONVERGE_MS);
    await this.#population.begin(CONVERGE_MS);
    const before = await this.#atRest();
    const fromMs = Date.now();
    const untilMs = fromMs + this.#options.durationMs;
    const acts = AbortSignal.timeout(this.#options.durationMs);
    await Promise.all([this.#edit(untilMs), this.#kill(untilMs), this.#population.play(acts)]);
    const convergedMs = await this.#converged();
    await leavesNothing(this.#cluster.nodes, CONVERGE_MS);
    const kept = differences(before, await this.#atRest());
    await this.#endInOrder();
    const isFaulty = ({ atMs }: Sample) => atMs >= fromMs && atMs <= untilMs;
    const lastLife = (name: string) => lives(this.#samplesOf(name)).at(-1)?.filter(isFaulty) ?? [];
    const last = new Map(this.#cluster.nodes.map(({ name }) => [name, lastLife(name)]));
    return {
      edits: this.#edits.count,
      masterKills: this.#masterKills,
      workerKills: this.#workerKills,
      acts: this.#population.counts,
      convergedMs,
      last,
      kept,
      witnesses: ['master', ...this.#cluster.workers.slice(0, WITNESSES).map(({ name }) => name)],
    };
  }

  async #converged(): Promise<number> {
    const startedMs = performance.now();
    await this.#cluster.inStep(undefined, CONVERGE_MS);
    await this.#population.settled(CONVERGE_MS, () => this.#cluster.master.output.slice(-3000));
    return performance.now() - startedMs;
  }

  async close(): Promise<void> {
    await this.#population.close();
  }

  async #edit(untilMs: number): Promise<void> {
    for await (const _ of ticks(this.#options.editEveryMs)) {
      if (Date.now() > untilMs) return;
      this.#edits.next();
    }
  }

  async #kill(untilMs: number): Promise<void> {
    const { durationMs, killEveryMs } = this.#options;
    for await (const _ of ticks(killEveryMs)) {
      if (Date.now() > untilMs) return;
      const masterDies = Date.now() < untilMs - durationMs * (1 - MASTER_DIES_SHARE);
      const isMaster = masterDies && this.#random() < MASTER_SHARE;
      const victim = isMaster ? this.#cluster.master : this.#anyWorker();
      if (isMaster) this.#masterKills += 1;
      else this.#workerKills += 1;
      await victim.kill('SIGKILL');
      this.#start(victim);
    }
  }

  #anyWorker(): NodeProcess {
    const mortal = this.#cluster.workers.slice(WITNESSES);
    const victim = mortal[below(this.#random, mortal.length)];
    assert.ok(victim, `more than ${WITNESSES} workers are needed`);
    return victim;
  }

  /** Of every node, from samples that come from now on. */
  async #atRest(): Promise<Map<string, Rest>> {
    const fromMs = Date.now();
    const rests = new Map<string, Rest>();
    for (const { name } of this.#cluster.nodes) {
      const samples = await waitFor(
        `samples of ${name}`,
        () => {
          const since =
            lives(this.#samplesOf(name))
              .at(-1)
              ?.filter(({ atMs }) => atMs > fromMs) ?? [];
          return since.length >= REST_SAMPLES ? since : null;
        },
        CONVERGE_MS,
      );
      const least = (measure: keyof Rest) => Math.min(...samples.map((sample) => sample[measure]));
      rests.set(name, {
        descriptors: least('descriptors'),
        handles: least('handles'),
        timers: least('timers'),
      });
    }
    return rests;
  }

  async #endInOrder(): Promise<void> {
    for (const node of [...this.#cluster.workers, this.#cluster.master]) {
      await node.kill('SIGTERM');
      assert.equal(node.exitCode, 0, `${node.name}:\n${node.output.slice(-3000)}`);
    }
  }

  #start(node: NodeProcess): void {
    node.start([], startSampled({ file: this.#samplesOf(node.name), everyMs: this.#options.sampleEveryMs }));
  }

  #samplesOf(name: string): string {
    return join(this.#cluster.directory, `samples-${name}`);
  }
}

function differences(before: ReadonlyMap<string, Rest>, after: ReadonlyMap<string, Rest>): Map<string, Rest> {
  return new Map(
    [...after].map(([name, { descriptors, handles, timers }]) => {
      const first = before.get(name) ?? { descriptors: 0, handles: 0, timers: 0 };
      return [
        name,
        {
          descriptors: descriptors - first.descriptors,
          handles: handles - first.handles,
          timers: timers - first.timers,
        },
      ];
    }),
  );
}
