import { setTimeout as pause } from 'node:timers/promises';
import { AgentsCluster } from '../agents/agents-cluster.ts';
import type { Fleet } from '../agents/fleet.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';

const WORKERS = 5;
const AGENTS_EACH = 1_000;
/** Intervals of agent-info and of agent-groups, seconds; everything else is as by default, but checks of files. */
const INTERVAL_S = 0.2;
const KEEPALIVE_S = 1;
const INTERVALS = {
  worker: { sync_agent_info: INTERVAL_S, keep_alive: KEEPALIVE_S },
  master: { sync_agent_groups: INTERVAL_S },
};
/** Intervals without a message after which everything has been told. */
const SILENT_INTERVALS = 10;
const DEADLINE_MS = 60_000;
/** Intervals that are looked at. */
const LOOKS = 30;
const MS_PER_SECOND = 1_000;
const KEEPALIVE = /^echo/;

export const agentsUnchanged: Scenario = {
  name: 'agents-unchanged',
  title: 'nothing changed, 50,000 agents, 5 workers, 30 intervals',
  figures: [
    { key: 'messages', title: 'messages beside keepalives, both ways', unit: '', goal: { atMost: 0 } },
    { key: 'keepalives', title: 'keepalives and their answers', unit: '' },
    { key: 'masterCpu', title: "master's CPU, an interval", unit: 'ms' },
  ],
  isMusterAlone: true,
  run,
};

/** Agents have reported and groups were compared; then nothing happens for many intervals. */
async function run(context: RunContext): Promise<Sample> {
  const cluster = await AgentsCluster.start({ ...context, workers: WORKERS, intervals: INTERVALS });
  try {
    const { master, fleet, nodes } = cluster;
    await fleet.order({ order: 'report', agentsEach: AGENTS_EACH, round: 1 });
    await silence(fleet);
    await startProfiles(context, nodes);
    const fromMs = Date.now();
    const before = master.usage;
    await pause(LOOKS * INTERVAL_S * MS_PER_SECOND);
    const { messages = {} } = await fleet.order({ order: 'messages' });
    const cpuSeconds = master.usage.cpuSeconds - before.cpuSeconds;
    const loop = await loopDelays(cluster, fromMs, Date.now());
    await stopProfiles(context, nodes);
    return {
      values: {
        messages: others(messages),
        keepalives: all(messages) - others(messages),
        masterCpu: (cpuSeconds * MS_PER_SECOND) / LOOKS,
      },
      loop,
    };
  } finally {
    await cluster.close();
  }
}

/** Waits until what has been reported is sent, and all that follows from it. */
async function silence(fleet: Fleet): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS;
  while (Date.now() < deadlineMs) {
    await fleet.order({ order: 'messages' });
    await pause(SILENT_INTERVALS * INTERVAL_S * MS_PER_SECOND);
    const { messages = {} } = await fleet.order({ order: 'messages' });
    if (others(messages) === 0) return;
  }
  throw new Error(`there is no silence within ${DEADLINE_MS} ms`);
}

type Messages = Readonly<Record<string, number>>;
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
const all = (messages: Messages) => sum(Object.values(messages));
const others = (messages: Messages) =>
  sum(Object.entries(messages).flatMap(([name, count]) => (KEEPALIVE.test(name) ? [] : count)));
