import { setTimeout as pause } from 'node:timers/promises';
import { AgentsCluster } from '../agents/agents-cluster.ts';
import { assertSameRows } from '../agents/same-rows.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';
import { median } from '../statistics.ts';

const WORKERS = 10;
const AGENTS_EACH = 1_000;
/** Before these there is one more, in which the master sees the agents for the first time. */
const ROUNDS = 5;
/** Between rounds. */
const PAUSE_MS = 500;
const MS_PER_SECOND = 1_000;

export const agentInfoSteady: Scenario = {
  name: 'agent-info-steady',
  title: '1,000 agents that changed on each of 10 workers, round after round',
  figures: [
    { key: 'masterCpu', title: "master's CPU, a worker and round", unit: 'ms', goal: { atMost: 20 } },
    { key: 'round', title: 'a round, all workers at once', unit: 's' },
  ],
  isMusterAlone: true,
  run,
};

/** Agents that the master knows report anew before each round. CPU is that of the rounds. */
async function run(context: RunContext): Promise<Sample> {
  const cluster = await AgentsCluster.start({ ...context, workers: WORKERS });
  try {
    const { master, fleet, homes, nodes } = cluster;
    await fleet.order({ order: 'report', agentsEach: AGENTS_EACH, round: 0 });
    await fleet.order({ order: 'round' });
    await startProfiles(context, nodes);
    const fromMs = Date.now();
    const rounds: number[] = [];
    let cpuSeconds = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      await fleet.order({ order: 'report', agentsEach: AGENTS_EACH, round });
      const before = master.usage.cpuSeconds;
      const { startedMs = 0, endedMs = 0 } = await fleet.order({ order: 'round' });
      await pause(PAUSE_MS);
      cpuSeconds += master.usage.cpuSeconds - before;
      rounds.push((endedMs - startedMs) / MS_PER_SECOND);
    }
    const loop = await loopDelays(cluster, fromMs, Date.now());
    await stopProfiles(context, nodes);
    assertSameRows(master.home, homes, AGENTS_EACH);
    const masterCpu = (cpuSeconds * MS_PER_SECOND) / (WORKERS * ROUNDS);
    return { values: { masterCpu, round: median(rounds) }, loop };
  } finally {
    await cluster.close();
  }
}
