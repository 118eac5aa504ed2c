import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/node/clock.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import { waitFor } from '../harness/wait-for.ts';
import { type ClusterOptions, InProcessNode } from '../spec/cluster-in-process.ts';
import { Original } from './original.ts';

/** Periods that a test can wait for. */
export const QUICK = {
  master: { agentGroupStartDelayMs: 0, syncAgentGroupsMs: 100, recalculateIntegrityMs: 100 },
  worker: { syncIntegrityMs: 100, syncAgentInfoMs: 100, connectionRetryMs: 200, agentGroupsMismatchLimit: 2 },
} as const satisfies ClusterOptions['intervals'];

/** A master of ours on a real port, to which originals connect. */
export class MasterScene implements AsyncDisposable {
  readonly master: InProcessNode;
  readonly #directory = mkdtempSync(join(tmpdir(), 'muster-wazuh4-'));
  readonly #originals: Original[] = [];

  constructor(options: ClusterOptions = {}) {
    const transport = new TcpTransport({ host: '127.0.0.1', port: 0 });
    const home = join(this.#directory, 'master');
    this.master = new InProcessNode('master', home, 'master', transport, options.clock ?? systemClock, {
      intervals: QUICK,
      ...options,
    });
  }

  static async start(files: Record<string, string> = {}, options: ClusterOptions = {}): Promise<MasterScene> {
    const scene = new MasterScene(options);
    for (const [path, content] of Object.entries(files)) scene.master.write(path, content);
    await scene.start();
    return scene;
  }

  async start(): Promise<void> {
    await this.master.start();
    const { services } = this.master;
    await waitFor('the master', () => services.status.address !== null && services.index.digest !== '');
  }

  get address(): string {
    return this.master.services.status.address ?? '';
  }

  /** A stranger that speaks the dialect, and has said nothing. */
  async knock(options: { key?: string } = {}): Promise<Original> {
    const original = await Original.worker(this.address, options);
    this.#originals.push(original);
    return original;
  }

  /** One that was welcomed. */
  async worker(name = 'worker1'): Promise<Original> {
    const worker = await this.knock();
    await worker.ask('hello', { name, cluster: 'wazuh', type: 'worker', version: '4.7.5' });
    return worker;
  }

  explain = (): string => this.master.log.text();

  async [Symbol.asyncDispose](): Promise<void> {
    for (const original of this.#originals) original.close();
    await this.master.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
