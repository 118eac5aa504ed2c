import { setTimeout as pause } from 'node:timers/promises';
import { AgentsCluster } from '../agents/agents-cluster.ts';
import type { FleetOrder } from '../agents/fleet-protocol.ts';
import { assertSameRows } from '../agents/same-rows.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';
import { median } from '../statistics.ts';

const WORKERS = 10;
const AGENTS_EACH = 1_000;
/** Of each kind. Before these there is one more, in which the master sees the agents for the first time. */
const ROUNDS = 5;
/** Between rounds. */
const PAUSE_MS = 500;
const MS_PER_SECOND = 1_000;

export const agentInfoSteady: Scenario = {
  name: 'agent-info-steady',
  title: 'keepalives of 1,000 agents on each of 10 workers, round after round',
  figures: [
    { key: 'masterCpu', title: "master's CPU, a worker and round", unit: 'ms', goal: { atMost: 20 } },
    { key: 'round', title: 'a round, all workers at once', unit: 's' },
    { key: 'changedCpu', title: "master's CPU where each agent's data change too", unit: 'ms' },
    { key: 'changedRound', title: 'such a round', unit: 's' },
  ],
  isMusterAlone: true,
  run,
};

/** CPU of the master for a worker and round, and how long a round takes. */
interface Rounds {
  readonly cpuMs: number;
  readonly seconds: number;
}

/**
 * Agents that the master knows say before each round that they are still there, which is what agents do as a rule; then,
 * for comparison, they report before each round that something of them has changed. CPU is that of the rounds.
 */
async function run(context: RunContext): Promise<Sample> {
  const cluster = await AgentsCluster.start({ ...context, workers: WORKERS });
  try {
    const { master, fleet, homes, nodes } = cluster;
    await fleet.order({ order: 'report', agentsEach: AGENTS_EACH, round: 0 });
    await fleet.order({ order: 'round' });
    await startProfiles(context, nodes);
    const fromMs = Date.now();
    const steady = await rounds(cluster, { order: 'keepalive', agentsEach: AGENTS_EACH });
    const loop = await loopDelays(cluster, fromMs, Date.now());
    await stopProfiles(context, nodes);
    assertSameRows(master.home, homes, AGENTS_EACH);
    const changed = await rounds(cluster, { order: 'report', agentsEach: AGENTS_EACH, round: 1 });
    assertSameRows(master.home, homes, AGENTS_EACH);
    return {
      values: {
        masterCpu: steady.cpuMs,
        round: steady.seconds,
        changedCpu: changed.cpuMs,
        changedRound: changed.seconds,
      },
      loop,
    };
  } finally {
    await cluster.close();
  }
}

/** Rounds before each of which the agents do this. */
async function rounds({ master, fleet }: AgentsCluster, deed: FleetOrder): Promise<Rounds> {
  const seconds: number[] = [];
  let cpuSeconds = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    await fleet.order(deed.order === 'report' ? { ...deed, round } : deed);
    const before = master.usage.cpuSeconds;
    const { startedMs = 0, endedMs = 0 } = await fleet.order({ order: 'round' });
    await pause(PAUSE_MS);
    cpuSeconds += master.usage.cpuSeconds - before;
    seconds.push((endedMs - startedMs) / MS_PER_SECOND);
  }
  return { cpuMs: (cpuSeconds * MS_PER_SECOND) / (WORKERS * ROUNDS), seconds: median(seconds) };
}
