import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withStore } from '../../../src/cli/with-store.ts';
import { ClusterClient } from '../../../src/local/cluster-client.ts';
import { testSpecs } from '../../harness/test-methods.ts';
import { waitFor } from '../../harness/wait-for.ts';
import type { BenchNode, NodeOptions, System } from '../bench-node.ts';
import { BenchCluster } from '../cluster.ts';
import { ProbedProcess } from '../probed-process.ts';
import type { RunContext } from '../scenario.ts';

const METHOD_NODE = fileURLToPath(new URL('../../harness/method-node.ts', import.meta.url));
const KEY = 'ab'.repeat(32);
const START_MS = 60_000;

/** Agents by the worker that they report to. */
export const AGENT_OF = { worker1: '001', worker2: '002' } as const;

/** A node from the sources, which offers the methods of tests beside its own. */
class MethodNode extends ProbedProcess implements BenchNode {
  readonly home: string;

  constructor(probe: string, { name, home, profilePrefix = null }: NodeOptions) {
    super({ name, probe, profilePrefix });
    this.home = home;
  }

  start(): void {
    this.spawn(process.execPath, [METHOD_NODE, 'node', '--home', this.home]);
  }

  async digest(): Promise<string | null> {
    return null; // files are no part of it
  }
}

/** A master and two workers as real processes, each with an agent of its own. */
export async function startDapiCluster(context: RunContext): Promise<BenchCluster> {
  const { system } = context;
  const { probe } = system;
  if (probe === null) throw new Error('only Muster has these methods');
  const nodes: System = { ...system, node: (options) => new MethodNode(probe, options) };
  const cluster = await BenchCluster.create({ ...context, system: nodes, workers: 2 });
  const keys = Object.values(AGENT_OF).map((id) => `${id} a${Number(id)} any ${KEY}\n`);
  for (const { home } of cluster.nodes) {
    mkdirSync(join(home, 'etc'), { recursive: true });
    writeFileSync(join(home, 'etc/client.keys'), keys.join(''));
  }
  for (const node of cluster.nodes) node.start();
  await waitFor('the workers to be connected', () => isConnected(cluster), START_MS);
  await withStore(cluster.master.home, async (store) => {
    await waitFor('the agents to be known', async () => (await store.allAgents(0)).length === 2, START_MS);
    for (const [worker, id] of Object.entries(AGENT_OF)) {
      await store.query(`global sql update agent set node_name='${worker}' where id=${Number(id)}`);
    }
  });
  return cluster;
}

export const clientOf = ({ home }: BenchNode): Promise<ClusterClient> =>
  ClusterClient.connect(home, { methods: testSpecs });

async function isConnected({ master }: BenchCluster): Promise<boolean> {
  try {
    const client = await clientOf(master);
    const { totalItems } = await client.command('get_nodes', {});
    await client.close();
    return totalItems === 3;
  } catch {
    return false; // not listening yet
  }
}
