import { ClusterClient } from '../../src/local/cluster-client.ts';
import { methods } from '../../src/requests/methods.ts';
import { TestMethods, testSpecs } from '../harness/test-methods.ts';
import { ClusterInProcess, type ClusterOptions, type InProcessNode } from './cluster-in-process.ts';

const KEY = 'ab'.repeat(32);
const idOf = (agent: number) => String(agent).padStart(3, '0');

/** A cluster whose nodes offer the methods of tests, with a client at any of them. */
export class DapiCluster {
  readonly cluster: ClusterInProcess;
  readonly methods: TestMethods;
  readonly #clients: ClusterClient[] = [];

  private constructor(cluster: ClusterInProcess, methods: TestMethods) {
    this.cluster = cluster;
    this.methods = methods;
  }

  /** `agents`: how many there are, 001 and up. */
  static async start(options: ClusterOptions & { agents?: number } = {}): Promise<DapiCluster> {
    const methods = new TestMethods();
    const keys = Array.from(
      { length: options.agents ?? 0 },
      (_, i) => `${idOf(i + 1)} a${i + 1} any ${KEY}\n`,
    );
    const cluster = await ClusterInProcess.start({
      workers: 2,
      methods: methods.offered,
      ...options,
      files: { 'etc/client.keys': keys.join(''), ...options.files },
    });
    const started = new DapiCluster(cluster, methods);
    if (keys.length > 0) {
      await cluster.until('the agents to be known', async () => {
        const all = await cluster.master.services.store.current.allAgents(0);
        return all.length === keys.length;
      });
    }
    return started;
  }

  /** Agents report to a node, as the master knows it. */
  async report(node: string, ...agents: string[]): Promise<void> {
    const { store } = this.cluster.master.services;
    const where = agents.map(Number).join(',');
    await store.current.query(`global sql update agent set node_name='${node}' where id in (${where})`);
  }

  async client(node: InProcessNode): Promise<ClusterClient> {
    const client = await ClusterClient.connect(node.home, { methods: { ...methods, ...testSpecs } });
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    for (const { go } of this.methods.waiting) go();
    await this.cluster.close();
  }
}
