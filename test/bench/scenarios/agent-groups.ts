import { createHash } from 'node:crypto';
import { storePath } from '../../../src/agents/paths.ts';
import type { AgentGroups } from '../../../src/agents/store.ts';
import { WdbStore } from '../../../src/agents/wdb-store.ts';
import { AGENTS, GROUPS } from '../agents/agent-homes.ts';
import { AgentsCluster } from '../agents/agents-cluster.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';

const WORKERS = 10;
/** Every so manieth agent gets one group more. */
const WEB_EVERY = 3;
const HASH_DIGITS = 8;
const MS_PER_SECOND = 1_000;

export const agentGroups: Scenario = {
  name: 'agent-groups',
  title: 'groups of 50,000 agents change, for 10 workers',
  figures: [
    { key: 'total', title: 'from the first request to equal checksums', unit: 's', goal: { atMost: 5 } },
    { key: 'change', title: 'of that, the requests of who changes them', unit: 's' },
    { key: 'masterCpu', title: "master's CPU", unit: 's' },
    { key: 'workersCpu', title: 'CPU of the ten workers together', unit: 's' },
    { key: 'masterPeak', title: "master's peak memory", unit: 'MiB' },
  ],
  isMusterAlone: true,
  run,
};

/** Another program changes the groups of every agent at the master's socket, as fast as it is answered. */
async function run(context: RunContext): Promise<Sample> {
  const cluster = await AgentsCluster.start({ ...context, workers: WORKERS });
  const store = new WdbStore({ socket: storePath(cluster.master.home, 'socket'), connections: 1 });
  try {
    const { master, fleet, nodes } = cluster;
    const agents = Array.from({ length: AGENTS }, (_, i) => groupsOf(i + 1));
    await startProfiles(context, nodes);
    const before = master.usage;
    const workersBefore = fleet.usage;
    const startedMs = performance.timeOrigin + performance.now();
    const { errors } = await store.setAgentGroups({ mode: 'override', syncStatus: 'syncreq', agents });
    const changedMs = performance.timeOrigin + performance.now();
    if (errors.length > 0) throw new Error(errors.join('; '));
    const { endedMs = 0 } = await fleet.order({ order: 'hash', hash: hashOf(agents) });
    const after = master.usage;
    const workersAfter = fleet.usage;
    const loop = await loopDelays(cluster, startedMs, endedMs);
    await stopProfiles(context, nodes);
    return {
      values: {
        total: (endedMs - startedMs) / MS_PER_SECOND,
        change: (changedMs - startedMs) / MS_PER_SECOND,
        masterCpu: after.cpuSeconds - before.cpuSeconds,
        workersCpu: workersAfter.cpuSeconds - workersBefore.cpuSeconds,
        masterPeak: after.peakMemoryMiB,
      },
      loop,
    };
  } finally {
    await store.close();
    await cluster.close();
  }
}

const groupsOf = (id: number): AgentGroups => {
  const [first, second, third, web] = GROUPS;
  return { id, groups: id % WEB_EVERY === 0 ? [first, second, third, web] : [first, second, third] };
};

/** What the checksum of every worker has to become, computed by itself. */
function hashOf(agents: readonly AgentGroups[]): string {
  const all = createHash('sha1');
  for (const { groups } of agents) {
    all.update(createHash('sha256').update(groups.join(',')).digest('hex').slice(0, HASH_DIGITS));
  }
  return all.digest('hex');
}
