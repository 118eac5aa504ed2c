import { withStore } from '../../../src/cli/with-store.ts';
import { ClusterClient } from '../../../src/local/cluster-client.ts';
import { formatAgentId } from '../../../src/registration/key-lines.ts';
import { MAX_REQUEST_AGENTS } from '../../../src/requests/limits.ts';
import { waitFor } from '../../harness/wait-for.ts';
import { giveAgents } from '../agents/agent-homes.ts';
import { BenchCluster } from '../cluster.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';

const AGENTS = 100_000;
const WORKERS = 2;
const START_MS = 60_000;
const TIMEOUT_MS = 60_000;

export const largeAnswers: Scenario = {
  name: 'large-answers',
  title: 'long answers about 100,000 agents, asked for at a worker',
  figures: [
    { key: 'page', title: 'a page of 100,000 agents, from the master', unit: 's' },
    { key: 'merged', title: 'the operating systems of 20,000, from two workers', unit: 's' },
    {
      key: 'masterLoop',
      title: "longest delay of the master's event loop",
      unit: 'ms',
      goal: { atMost: 100 },
    },
    { key: 'workerLoop', title: "longest delay of a worker's event loop", unit: 'ms', goal: { atMost: 100 } },
  ],
  isMusterAlone: true,
  run,
};

async function run(context: RunContext): Promise<Sample> {
  const cluster = await BenchCluster.create({ ...context, workers: WORKERS });
  try {
    for (const { home } of cluster.nodes) await giveAgents(home, AGENTS);
    for (const node of cluster.nodes) node.start();
    const client = await waitFor('a worker to be connected', () => connectedClient(cluster), START_MS);
    await spread(cluster);
    const agents = Array.from({ length: MAX_REQUEST_AGENTS }, (_, i) => formatAgentId(i + 1));
    const timed = async (count: number, ask: () => Promise<{ items: readonly unknown[] }>) => {
      const startedMs = performance.now();
      const { items } = await ask();
      if (items.length !== count) throw new Error(`${items.length} items`);
      return (performance.now() - startedMs) / 1000;
    };
    await startProfiles(context, cluster.nodes);
    const fromMs = Date.now();
    const page = await timed(AGENTS, () =>
      client.request('agents.list', { limit: AGENTS }, { timeoutMs: TIMEOUT_MS }),
    );
    const merged = await timed(MAX_REQUEST_AGENTS, () =>
      client.request('syscollector.os', { agents }, { timeoutMs: TIMEOUT_MS }),
    );
    const loop = await loopDelays(cluster, fromMs, Date.now());
    await stopProfiles(context, cluster.nodes);
    await client.close();
    return {
      values: { page, merged, masterLoop: loop.master.maxMs, workerLoop: loop.worker.maxMs },
      loop,
    };
  } finally {
    await cluster.close();
  }
}

async function connectedClient({ worker }: BenchCluster): Promise<ClusterClient | null> {
  try {
    const client = await ClusterClient.connect(worker.home);
    const { totalItems } = await client.request('cluster.nodes', {});
    if (totalItems === WORKERS + 1) return client;
    await client.close();
  } catch {
    // not listening, or not connected yet
  }
  return null;
}

/** Every agent reports to one of the workers. */
async function spread({ master }: BenchCluster): Promise<void> {
  await withStore(master.home, async (store) => {
    for (let worker = 0; worker < WORKERS; worker += 1) {
      await store.query(
        `global sql update agent set node_name='worker${worker + 1}' where id > 0 and id % ${WORKERS} = ${worker}`,
      );
    }
  });
}
