import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { initHome } from '../../src/cli/init-home.ts';
import { localRequest } from '../../src/local/client.ts';
import { Recordings } from '../harness/recordings.ts';
import { waitFor } from '../harness/wait-for.ts';
import { NodeProcess, SOURCES } from './node-process.ts';
import { haveSameTree } from './tree.ts';

export { waitFor };

/** 32 characters, as every cluster key. */
export const KEY = 'c0ffee00c0ffee00c0ffee00c0ffee00';

/** A port of the loopback interface that nobody uses at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

type Place = { role: 'master'; bind: string; port: string } | { role: 'worker'; master: string };

/** A master and workers as real processes in a temporary folder. */
export class Cluster {
  readonly directory: string;
  readonly port: number;
  readonly master: NodeProcess;
  readonly workers: NodeProcess[] = [];

  readonly #main: string;
  #recordings: Recordings | null = null;

  private constructor(directory: string, port: number, main: string) {
    this.directory = directory;
    this.port = port;
    this.#main = main;
    this.master = new NodeProcess('master', join(directory, 'master'), main);
  }

  /** Lays out the homes; starts nothing. `base` may name a folder on tmpfs, `main` the command of a build. */
  static async create(workers: number, base = tmpdir(), main = SOURCES): Promise<Cluster> {
    const cluster = new Cluster(mkdtempSync(join(base, 'muster-e2e-')), await freePort(), main);
    const { port } = cluster;
    await cluster.#init('master', { role: 'master', bind: '127.0.0.1', port: `${port}` });
    for (let i = 1; i <= workers; i += 1) await cluster.addWorker(`worker${i}`);
    return cluster;
  }

  /** A cluster whose nodes record what their machines do: each step has to be one that its machine allows. */
  static async recorded(...settings: Parameters<typeof Cluster.create>): Promise<Cluster> {
    const cluster = await Cluster.create(...settings);
    cluster.#recordings = new Recordings(cluster.directory);
    for (const node of cluster.nodes) cluster.#record(node);
    return cluster;
  }

  #record(node: NodeProcess): void {
    const recordings = this.#recordings;
    if (recordings !== null) node.furtherArguments = () => ['--record', recordings.begin(node.name)];
  }

  /** `port`: where the worker finds its master, if not where the master listens. */
  async addWorker(name: string, home = name, port = this.port): Promise<NodeProcess> {
    await this.#init(name, { role: 'worker', master: `127.0.0.1:${port}` }, home);
    const worker = new NodeProcess(name, join(this.directory, home), this.#main);
    this.#record(worker);
    this.workers.push(worker);
    return worker;
  }

  /** Gives every node that there is these settings, as its `etc/cluster.json`. */
  configure(settings: object): void {
    for (const { home } of this.nodes)
      writeFileSync(join(home, 'etc/cluster.json'), JSON.stringify(settings));
  }

  async #init(name: string, place: Place, folder = name): Promise<void> {
    const home = join(this.directory, folder);
    await initHome({ home, name, cluster: 'wazuh', key: KEY, force: false, ...place });
  }

  get nodes(): NodeProcess[] {
    return [this.master, ...this.workers];
  }

  start(): void {
    for (const node of this.nodes) node.start();
  }

  write(path: string, content: string | Uint8Array, node = this.master): void {
    mkdirSync(dirname(join(node.home, path)), { recursive: true });
    writeFileSync(join(node.home, path), content);
  }

  async status(node: NodeProcess): Promise<Record<string, never> & { digest: string; connected: boolean }> {
    return (await localRequest(node.home, 'get_status', {})) as never;
  }

  /** Waits until every worker's set equals the master's, byte for byte. Returns the time that it took in milliseconds. */
  async inStep(workers = this.workers, timeoutMs = 30_000): Promise<number> {
    const startedMs = performance.now();
    for (const worker of workers) {
      await waitFor(
        `${worker.name} to be in step`,
        () => haveSameTree(this.master.home, worker.home),
        timeoutMs,
        () => `master:\n${this.master.output.slice(-4000)}\n${worker.name}:\n${worker.output.slice(-4000)}`,
      );
    }
    return performance.now() - startedMs;
  }

  /** Rejects where a recording has a step that is none. */
  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill('SIGKILL')));
    try {
      this.#recordings?.end();
    } finally {
      rmSync(this.directory, { recursive: true, force: true });
    }
  }
}
