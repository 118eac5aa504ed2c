import { AGENTS } from '../agents/agent-homes.ts';
import { AgentsCluster } from '../agents/agents-cluster.ts';
import { assertSameRows } from '../agents/same-rows.ts';
import { AGENT_INFO_FINISHED } from '../log-patterns.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';

const WORKERS = 25;

export const agentInfo: Scenario = {
  name: 'agent-info',
  title: '50,000 agents that changed, on 25 workers',
  figures: [
    { key: 'total', title: "until the master's store has every row", unit: 's', goal: { atMost: 5 } },
    { key: 'masterCpu', title: "master's CPU", unit: 's' },
    { key: 'masterPeak', title: "master's peak memory", unit: 'MiB' },
  ],
  isMusterAlone: true,
  run,
};

/**
 * All agents have reported to the stores of their workers, which are connected; then all workers begin a round at once.
 * The end is the master's last line that it has written what a worker sent.
 */
async function run(context: RunContext): Promise<Sample> {
  const cluster = await AgentsCluster.start({ ...context, workers: WORKERS });
  try {
    const { master, fleet, homes, nodes } = cluster;
    await fleet.order({ order: 'report', agentsEach: AGENTS / WORKERS, round: 1 });
    await cluster.quiet();
    await startProfiles(context, nodes);
    const before = master.usage;
    const { startedMs = 0 } = await fleet.order({ order: 'round' });
    const after = master.usage;
    const writtenMs = Math.max(
      ...master.lines
        .matching(AGENT_INFO_FINISHED)
        .filter(({ timeMs }) => timeMs >= startedMs)
        .map(({ timeMs }) => timeMs),
    );
    const loop = await loopDelays(cluster, startedMs, writtenMs);
    await stopProfiles(context, nodes);
    assertSameRows(master.home, homes, AGENTS / WORKERS);
    return {
      values: {
        total: (writtenMs - startedMs) / 1000,
        masterCpu: after.cpuSeconds - before.cpuSeconds,
        masterPeak: after.peakMemoryMiB,
      },
      loop,
    };
  } finally {
    await cluster.close();
  }
}
