import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { initHome } from '../../src/cli/init-home.ts';
import { inHome } from '../../src/config/home.ts';
import { waitFor } from '../harness/wait-for.ts';
import { type FileSet, writeSet } from './file-sets.ts';
import { BenchNode, type NodeOptions } from './node.ts';

/** tmpfs where the machine has one, as for the original's figures. */
export const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
export const KEY = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const DEADLINE_MS = 120_000;
/** Files written a moment ago are read twice: that is no part of any figure. */
const SETTLE_MS = 100;

/** Settings of etc/cluster.json that differ from the default, by section. */
export type Intervals = Record<'master' | 'worker', Record<string, number>>;

export interface ClusterOptions
  extends Pick<NodeOptions, 'main' | 'debug' | 'countsOpens' | 'profilePrefix'> {
  workers: number;
  intervals?: Partial<Intervals>;
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

/** A master and workers in homes of their own, TLS by pre-shared key between them. */
export class BenchCluster {
  readonly directory: string;
  readonly master: BenchNode;
  readonly workers: BenchNode[] = [];

  private constructor(directory: string, options: ClusterOptions) {
    this.directory = directory;
    this.master = new BenchNode({ ...options, name: 'master', home: join(directory, 'master') });
  }

  /** Lays out the homes; starts nothing. */
  static async create(options: ClusterOptions): Promise<BenchCluster> {
    const cluster = new BenchCluster(mkdtempSync(join(BASE, 'muster-bench-')), options);
    const port = await freePort();
    const workersPort = (await options.connectTo?.(port)) ?? port;
    const common = { cluster: 'bench', key: KEY, force: false };
    const { master } = cluster;
    await initHome({
      ...common,
      home: master.home,
      role: 'master',
      name: 'master',
      bind: '127.0.0.1',
      port: `${port}`,
    });
    for (let i = 1; i <= options.workers; i += 1) {
      const name = `worker${i}`;
      const home = join(cluster.directory, name);
      await initHome({ ...common, home, role: 'worker', name, master: `127.0.0.1:${workersPort}` });
      cluster.workers.push(new BenchNode({ ...options, name, home }));
    }
    for (const { home } of cluster.nodes) setIntervals(home, options.intervals ?? {});
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
    await this.master.lines.first(/\[Local integrity\] Finished/);
    await waitFor(
      'the master',
      async () => ((await this.master.status())?.files ?? 0) >= set.files,
      DEADLINE_MS,
    );
  }

  /** Throws unless every worker has the master's set, by its own scan. */
  async assertInStep(): Promise<void> {
    const wanted = (await this.master.status())?.digest ?? null;
    for (const worker of this.workers) {
      await waitFor(
        `${worker.name} to be in step`,
        async () => {
          const digest = (await worker.status())?.digest;
          return digest !== undefined && digest === wanted;
        },
        DEADLINE_MS,
      );
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function setIntervals(home: string, intervals: Partial<Intervals>): void {
  const path = inHome(home, 'clusterJson');
  const settings = JSON.parse(readFileSync(path, 'utf8')) as { intervals: Intervals };
  for (const side of ['master', 'worker'] as const) Object.assign(settings.intervals[side], intervals[side]);
  writeFileSync(path, JSON.stringify(settings));
}
