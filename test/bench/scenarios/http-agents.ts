import { waitFor } from '../../harness/wait-for.ts';
import { giveAgents } from '../agents/agent-homes.ts';
import { BenchCluster } from '../cluster.ts';
import { ApiProcess } from '../http/api-process.ts';
import { load } from '../http/http-client.ts';
import { SERVING } from '../log-patterns.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';
import { median, percentile } from '../statistics.ts';

const AGENTS = 100_000;
/** The manager itself stands among them. */
const LISTED = AGENTS + 1;
const PATH = '/agents';
const WARM_UP = 200;
const TIMES = 1_000;
const KNOWN_MS = 60_000;

export const httpAgents: Scenario = {
  name: 'http-agents',
  title: 'GET /agents at the HTTP API of a master, first page (500) of 100,000 agents, one at a time',
  figures: [
    { key: 'median', title: 'median', unit: 'ms' },
    { key: 'p99', title: '99th percentile', unit: 'ms', goal: { atMost: 50 } },
    { key: 'sorted', title: 'sorted by name, from the end, 99th percentile', unit: 'ms' },
  ],
  isMusterAlone: true,
  run,
};

async function run(context: RunContext): Promise<Sample> {
  const cluster = await BenchCluster.create({ ...context, workers: 0 });
  const { master } = cluster;
  const api = new ApiProcess(context, master.home);
  try {
    await giveAgents(master.home, AGENTS);
    master.start();
    await master.lines.first(SERVING);
    const client = await api.serve(1);
    const isWhole = (body: string) => body.includes(`"total_affected_items":${LISTED}`);
    await waitFor('all agents to be known', async () => isWhole(await client.get(PATH)), KNOWN_MS);
    const asked = (path: string, times: number) => load(client, path, { times, atOnce: 1, check: isWhole });
    await asked(PATH, WARM_UP);
    await startProfiles(context, [master, api]);
    const fromMs = Date.now();
    const { tripsMs } = await asked(PATH, TIMES);
    const sorted = await asked(`${PATH}?sort=-name`, WARM_UP);
    const loop = await loopDelays({ master, workers: [api] }, fromMs, Date.now());
    await stopProfiles(context, [master, api]);
    client.close();
    return {
      values: {
        median: median(tripsMs),
        p99: percentile(tripsMs, 99),
        sorted: percentile(sorted.tripsMs, 99),
      },
      loop,
    };
  } finally {
    await api.kill();
    await cluster.close();
  }
}
