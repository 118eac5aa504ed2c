import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchNode, Intervals } from '../bench-node.ts';
import { BASE, freePort } from '../cluster.ts';
import { SERVING } from '../log-patterns.ts';
import type { RunContext } from '../scenario.ts';
import { AGENTS, giveAgents } from './agent-homes.ts';
import { Fleet } from './fleet.ts';

export interface AgentsClusterOptions extends RunContext {
  workers: number;
  /** Where they differ from those of a bench of agents, see `INTERVALS`. */
  intervals?: Intervals;
}

/** Nothing begins by itself but what the bench asks for: an hour. */
const NEVER_S = 3_600;
const INTERVALS = {
  worker: { sync_integrity: NEVER_S, sync_agent_info: NEVER_S },
  master: { recalculate_integrity: NEVER_S, agent_group_start_delay: 0 },
};
/** Time without work after which a node has nothing more to do. */
const QUIET_MS = 500;
/** CPU that a node may use in it: timers, keepalives, looks at what might have changed. */
const QUIET_CPU_S = 0.1;

const running = new Set<AgentsCluster>();
process.on('exit', () => {
  for (const cluster of running) cluster.abandon();
});

/** A master as a real process and its workers as a fleet; each store has all agents and their groups. */
export class AgentsCluster {
  readonly directory: string;
  readonly master: BenchNode;
  readonly fleet: Fleet;
  readonly homes: readonly string[];

  private constructor(directory: string, options: AgentsClusterOptions) {
    const { system, profilePrefix, workers } = options;
    if (system.probe === null) throw new Error('only Muster has a fleet');
    this.directory = directory;
    this.homes = Array.from({ length: workers }, (_, i) => join(directory, `worker${i + 1}`));
    this.master = system.node({ name: 'master', home: join(directory, 'master'), profilePrefix });
    const agentsEach = AGENTS / Math.max(1, workers);
    this.fleet = new Fleet({ homes: this.homes, agentsEach, probe: system.probe, profilePrefix });
  }

  /** Lays out the homes and starts the nodes; they are connected, in step and quiet. */
  static async start(options: AgentsClusterOptions): Promise<AgentsCluster> {
    const cluster = new AgentsCluster(mkdtempSync(join(BASE, 'muster-bench-')), options);
    running.add(cluster);
    try {
      await cluster.#layOut(options);
      cluster.master.start();
      await cluster.master.lines.first(SERVING);
      if (options.workers > 0) {
        cluster.fleet.start();
        await cluster.fleet.order({ order: 'start' });
      }
      await cluster.quiet();
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** The worker whose event loop is looked at; none if there are none. */
  get workers(): readonly BenchNode[] {
    return this.fleet.alone;
  }

  /** Everything that runs. */
  get nodes(): readonly BenchNode[] {
    return [this.master, ...this.fleet.parts];
  }

  /** Waits until no node has anything to do. */
  async quiet(): Promise<void> {
    for (const node of this.nodes) {
      let used = Number.POSITIVE_INFINITY;
      while (used > QUIET_CPU_S) {
        const before = node.usage.cpuSeconds;
        await pause(QUIET_MS);
        used = node.usage.cpuSeconds - before;
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    running.delete(this);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Kills everything and waits for nothing. */
  abandon(): void {
    for (const node of this.nodes) void node.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #layOut({ system, intervals = {} }: AgentsClusterOptions): Promise<void> {
    const port = await freePort();
    const merged = {
      worker: { ...INTERVALS.worker, ...intervals.worker },
      master: { ...INTERVALS.master, ...intervals.master },
    };
    const { home } = this.master;
    await system.layOut(home, { role: 'master', name: 'master', port, intervals: merged });
    await giveAgents(home);
    for (const [i, worker] of this.homes.entries()) {
      await system.layOut(worker, { role: 'worker', name: `worker${i + 1}`, port, intervals: merged });
      await giveAgents(worker);
    }
  }
}
