import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inHome } from '../../config/home.ts';
import { systemWords } from '../../config/system-words.ts';
import { MusterError } from '../../protocol/errors.ts';
import { initHome } from '../init-home.ts';
import { ApiProcess } from './api-process.ts';
import { NodeProcess } from './node-process.ts';
import { sampleFiles, writeSamples } from './samples.ts';

const HOST = '127.0.0.1';

/** Short periods, so that what pushes do not announce (an edit on a worker) heals while one looks on. */
const QUICK = {
  worker: { sync_integrity: 2, sync_agent_info: 2, connection_retry: 0.2, keep_alive: 2 },
  master: {
    recalculate_integrity: 2,
    sync_agent_groups: 2,
    agent_group_start_delay: 1,
    check_worker_lastkeepalive: 2,
    max_allowed_time_without_keepalive: 10,
  },
};

export interface DemoLayout {
  readonly workers: number;
  readonly files: number;
  readonly keep: boolean;
  /** Of the master; those of the workers follow. Null: nobody can be watched. */
  readonly inspectPort: number | null;
}

/** A cluster of real processes in a temporary folder. Whoever makes one must `close` it on every way out. */
export class DemoCluster {
  readonly folder: string;
  readonly master: NodeProcess;
  readonly workers: readonly NodeProcess[];
  /** Of the master's home. */
  readonly api: ApiProcess;
  readonly #keep: boolean;
  readonly #atExit = () => this.closeNow();

  private constructor(folder: string, { workers, keep, inspectPort }: DemoLayout) {
    this.folder = folder;
    this.#keep = keep;
    const names = Array.from({ length: workers }, (_, index) => `worker${index + 1}`);
    const portAt = (place: number) => (inspectPort === null ? null : inspectPort + place);
    this.master = new NodeProcess('master', 'master', join(folder, 'master'), { inspectPort: portAt(0) });
    this.workers = names.map(
      (name, index) =>
        new NodeProcess(name, 'worker', join(folder, name), { inspectPort: portAt(index + 1) }),
    );
    this.api = new ApiProcess(this.master.home);
    process.on('exit', this.#atExit);
  }

  /** Lays the homes out, the master's with the samples. Starts nothing yet. */
  static async create(options: DemoLayout): Promise<DemoCluster> {
    const folder = await temporaryFolder();
    const cluster = new DemoCluster(folder, options);
    try {
      await cluster.#layOut(options.files);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  get nodes(): readonly NodeProcess[] {
    return [this.master, ...this.workers];
  }

  /** Whether the folder stays: since that was wished, or for the log of a node that did not start. */
  get isKept(): boolean {
    return this.#keep || this.nodes.some(({ hasFailed }) => hasFailed);
  }

  /** Ends all processes in order, the master last, and removes the folder unless it is kept. */
  async close(): Promise<void> {
    await this.api.stop();
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.master.stop();
    await Promise.all(this.nodes.map(({ store }) => store.close()));
    process.off('exit', this.#atExit);
    if (!this.isKept) await rm(this.folder, { recursive: true, force: true });
  }

  /** The same without waiting, for the last moment of this process. */
  closeNow(): void {
    this.api.killNow();
    for (const node of this.nodes) node.killNow();
    if (!this.isKept) rmSync(this.folder, { recursive: true, force: true });
  }

  async #layOut(files: number): Promise<void> {
    const port = String(await freePort());
    const common = { cluster: 'demo', force: false };
    const { home, name } = this.master;
    const { generatedKey } = await initHome({ ...common, home, role: 'master', name, bind: HOST, port });
    if (generatedKey === null) throw new Error('the new home of the master has no key of its own');
    await quicken(home);
    await writeSamples(home, sampleFiles(files));
    for (const worker of this.workers) {
      const place = { home: worker.home, name: worker.name, master: `${HOST}:${port}`, key: generatedKey };
      await initHome({ ...common, ...place, role: 'worker' });
      await quicken(worker.home);
    }
  }
}

async function temporaryFolder(): Promise<string> {
  const place = tmpdir();
  try {
    return await mkdtemp(join(place, 'muster-demo-'));
  } catch (error) {
    const words = `${place}: ${systemWords(error)}; it is where temporary folders are made: set TMPDIR to another one`;
    throw new MusterError(3119, words, { cause: error });
  }
}

async function quicken(home: string): Promise<void> {
  const path = inHome(home, 'clusterJson');
  const settings = JSON.parse(await readFile(path, 'utf8'));
  Object.assign(settings.intervals.worker, QUICK.worker);
  Object.assign(settings.intervals.master, QUICK.master);
  await writeFile(path, JSON.stringify(settings, null, 2));
}

/** A port that nobody listens on at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, HOST, resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
