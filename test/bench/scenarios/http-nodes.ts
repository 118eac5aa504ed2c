import { waitFor } from '../../harness/wait-for.ts';
import { BenchCluster } from '../cluster.ts';
import { ApiProcess } from '../http/api-process.ts';
import { type HttpClient, load } from '../http/http-client.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';
import { percentile } from '../statistics.ts';

const PATH = '/cluster/nodes';
const WORKERS = 2;
const CONNECTIONS = 32;
const WARM_UP = 4_000;
const TIMES = 20_000;
const CONNECT_MS = 60_000;

export const httpNodes: Scenario = {
  name: 'http-nodes',
  title: 'GET /cluster/nodes at the HTTP API of a master, 32 connections, three nodes',
  figures: [
    { key: 'rate', title: 'answers', unit: '/s', goal: { atLeast: 2_000 } },
    { key: 'p99', title: '99th percentile', unit: 'ms', goal: { atMost: 50 } },
  ],
  isMusterAlone: true,
  run,
};

async function run(context: RunContext): Promise<Sample> {
  const cluster = await BenchCluster.create({ ...context, workers: WORKERS });
  const { master } = cluster;
  const api = new ApiProcess(context, master.home);
  const measured = { master, workers: [api] };
  try {
    for (const node of cluster.nodes) node.start();
    const client = await api.serve(CONNECTIONS);
    await waitFor('the workers to be connected', async () => isWhole(await nodesOf(client)), CONNECT_MS);
    const asked = (times: number) => load(client, PATH, { times, atOnce: CONNECTIONS, check: isWhole });
    await asked(WARM_UP);
    await startProfiles(context, [master, api]);
    const fromMs = Date.now();
    const { seconds, tripsMs } = await asked(TIMES);
    const loop = await loopDelays(measured, fromMs, Date.now());
    await stopProfiles(context, [master, api]);
    client.close();
    return { values: { rate: TIMES / seconds, p99: percentile(tripsMs, 99) }, loop };
  } finally {
    await api.kill();
    await cluster.close();
  }
}

/** While the daemon is not there yet, the API says so. */
const nodesOf = (client: HttpClient) => client.get(PATH).catch((error: Error) => error.message);

const isWhole = (body: string) => body.includes(`"total_affected_items":${WORKERS + 1}`);
