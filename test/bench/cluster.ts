import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '../harness/wait-for.ts';
import type { BenchNode, Intervals, NodeOptions } from './bench-node.ts';
import { digestOfSet, type FileSet, writeSet } from './file-sets.ts';
import { SCAN_FINISHED } from './log-patterns.ts';
import type { RunContext } from './scenario.ts';

/** tmpfs where the machine has one, as for the original's figures. */
export const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const DEADLINE_MS = 120_000;
/** Files written a moment ago are read twice: that is no part of any figure. */
const SETTLE_MS = 100;

export interface ClusterOptions extends RunContext, Pick<NodeOptions, 'debug' | 'countsOpensIn' | 'args'> {
  workers: number;
  intervals?: Intervals;
  /** Port that the workers connect to; the master's by default. */
  connectTo?: (masterPort: number) => Promise<number>;
}

/** A port of the loopback interface that nobody uses at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Those that are running now: a bench that is interrupted leaves nothing behind. */
const running = new Set<BenchCluster>();
process.on('exit', () => {
  for (const cluster of running) cluster.abandon();
});

/** A master and workers in homes of their own; Muster with TLS by pre-shared key, as it is by default. */
export class BenchCluster {
  readonly directory: string;
  readonly master: BenchNode;
  readonly workers: BenchNode[] = [];
  /** Port of the master. */
  readonly port: number;
  readonly #isMixed: boolean;

  private constructor(directory: string, port: number, options: ClusterOptions) {
    this.directory = directory;
    this.port = port;
    this.#isMixed = options.workerSystem !== undefined;
    this.master = options.system.node({ ...options, name: 'master', home: join(directory, 'master') });
  }

  /** Lays out the homes; starts nothing. */
  static async create(options: ClusterOptions): Promise<BenchCluster> {
    const { system, workerSystem = system, intervals = {}, connectTo } = options;
    const port = await freePort();
    const cluster = new BenchCluster(mkdtempSync(join(BASE, 'muster-bench-')), port, options);
    running.add(cluster);
    const workersPort = (await connectTo?.(port)) ?? port;
    await system.layOut(cluster.master.home, { role: 'master', name: 'master', port, intervals });
    for (let i = 1; i <= options.workers; i += 1) {
      const name = `worker${i}`;
      const home = join(cluster.directory, name);
      await workerSystem.layOut(home, { role: 'worker', name, port: workersPort, intervals });
      cluster.workers.push(workerSystem.node({ ...options, name, home }));
    }
    return cluster;
  }

  get worker(): BenchNode {
    const [worker] = this.workers;
    if (worker === undefined) throw new Error('this cluster has no worker');
    return worker;
  }

  get nodes(): BenchNode[] {
    return [this.master, ...this.workers];
  }

  /** Writes the master's set and starts it; resolves when it knows its set. */
  async startMaster(set: FileSet): Promise<void> {
    writeSet(this.master.home, set);
    await pause(SETTLE_MS);
    this.master.start();
    await this.master.lines.first(SCAN_FINISHED);
  }

  /** Throws unless every worker comes to have the master's set. */
  async assertInStep(): Promise<void> {
    const digestOf = async (node: BenchNode) => (this.#isMixed ? digestOfSet(node.home) : node.digest());
    const wanted = await digestOf(this.master);
    for (const worker of this.workers) {
      await waitFor(
        `${worker.name} to be in step`,
        async () => {
          const digest = await digestOf(worker);
          return digest !== null && digest === wanted;
        },
        DEADLINE_MS,
      );
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
}
