import type { ClusterClient } from '../../../src/local/cluster-client.ts';
import { AGENT_OF, clientOf, startDapiCluster } from '../dapi/dapi-cluster.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';
import { median, percentile } from '../statistics.ts';

const WARM_UP = 2_000;
const ONE_AT_A_TIME = 1_000;
const IN_FLIGHT = 64;
const TOGETHER = 10_000;
/** Requests that wait at the slow node, and how slow it is. */
const SLOW = 16;
const SLOW_MS = 10_000;

export const dapi: Scenario = {
  name: 'dapi',
  title: 'requests at a worker for an agent of another worker',
  figures: [
    { key: 'median', title: 'one at a time, median', unit: 'ms', goal: { atMost: 3 } },
    { key: 'p99', title: 'one at a time, 99th percentile', unit: 'ms', goal: { atMost: 15 } },
    { key: 'rate', title: '64 in flight, none lost', unit: '/s', goal: { atLeast: 2_000 } },
    {
      key: 'slow',
      title: 'median beside 16 that take 10 s at another node, of that without them',
      unit: '',
      goal: { atMost: 1.1 },
    },
  ],
  isMusterAlone: true,
  run,
};

/** Worker, master, other worker, and the whole way back; four processes, the one that asks among them. */
async function run(context: RunContext): Promise<Sample> {
  const cluster = await startDapiCluster(context);
  const client = await clientOf(cluster.worker);
  try {
    await together(client, WARM_UP);
    await startProfiles(context, cluster.nodes);
    const startedMs = Date.now();
    const trips = await oneByOne(client, AGENT_OF.worker2, ONE_AT_A_TIME);
    const seconds = await together(client, TOGETHER);
    const loop = await loopDelays(cluster, startedMs, Date.now());
    await stopProfiles(context, cluster.nodes);
    return {
      values: {
        median: median(trips),
        p99: percentile(trips, 99),
        rate: TOGETHER / seconds,
        slow: await besideSlowOnes(client),
      },
      loop,
    };
  } finally {
    await client.close();
    await cluster.close();
  }
}

async function trip(client: ClusterClient, agent: string): Promise<number> {
  const startedMs = performance.now();
  const { items } = (await client.ask('test.agents', { agents: [agent] })) as { items: { node: string }[] };
  if (items[0]?.node !== (agent === AGENT_OF.worker2 ? 'worker2' : 'worker1'))
    throw new Error('a wrong answer');
  return performance.now() - startedMs;
}

async function oneByOne(client: ClusterClient, agent: string, times: number): Promise<number[]> {
  const trips: number[] = [];
  for (let i = 0; i < times; i += 1) trips.push(await trip(client, agent));
  return trips;
}

/** Resolves to the seconds that so many took. */
async function together(client: ClusterClient, times: number): Promise<number> {
  let left = times;
  const startedMs = performance.now();
  const one = async () => {
    while (left > 0) {
      left -= 1;
      await trip(client, AGENT_OF.worker2);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  return (performance.now() - startedMs) / 1000;
}

/** How much longer requests for one worker take while others wait for the other worker, through the same client. */
async function besideSlowOnes(client: ClusterClient): Promise<number> {
  const before = median(await oneByOne(client, AGENT_OF.worker1, ONE_AT_A_TIME));
  const end = new AbortController();
  const args = { agents: [AGENT_OF.worker2], delayMs: SLOW_MS };
  const slow = Array.from({ length: SLOW }, () =>
    client.ask('test.agents', args, { signal: end.signal, timeoutMs: 2 * SLOW_MS }),
  );
  const ended = Promise.allSettled(slow);
  const beside = median(await oneByOne(client, AGENT_OF.worker1, ONE_AT_A_TIME));
  end.abort();
  await ended;
  return beside / before;
}
