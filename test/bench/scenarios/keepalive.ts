import { BenchCluster } from '../cluster.ts';
import { large } from '../file-sets.ts';
import { CHECK_STARTING, KEEPALIVE_ANSWERED, SYNC_FINISHED } from '../log-patterns.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';
import { percentile } from '../statistics.ts';

/** Pause of the worker between an answer and its next keepalive. */
const PAUSE_MS = 5;

export const keepalive: Scenario = {
  name: 'keepalive',
  title: 'keepalives of a worker that receives 400 MiB',
  figures: [
    { key: 'p99', title: 'round trip, 99th percentile', unit: 'ms', goal: { atMost: 100 } },
    { key: 'max', title: 'round trip, longest', unit: 'ms' },
  ],
  run,
};

/**
 * The worker sends the next keepalive `PAUSE_MS` after an answer and logs each answer: what lies between two of these
 * lines beyond the pause was the round trip (and how late the worker's own timer was, which counts too).
 */
async function run(context: RunContext): Promise<Sample> {
  const intervals = { worker: { keep_alive: PAUSE_MS / 1000 } };
  const cluster = await BenchCluster.create({ ...context, workers: 1, intervals });
  try {
    await cluster.startMaster(large);
    const { worker } = cluster;
    await startProfiles(context, [cluster.master]);
    worker.start();
    await startProfiles(context, [worker]);
    const started = await worker.lines.first(CHECK_STARTING);
    const finished = await worker.lines.first(SYNC_FINISHED);
    const loop = await loopDelays(cluster, started.timeMs, finished.timeMs);
    await stopProfiles(context, cluster.nodes);
    const answersMs = worker.lines
      .matching(KEEPALIVE_ANSWERED)
      .map(({ timeMs }) => timeMs)
      .filter((timeMs) => timeMs >= started.timeMs && timeMs <= finished.timeMs);
    const tripsMs = answersMs.slice(1).map((timeMs, i) => timeMs - (answersMs[i] ?? timeMs) - PAUSE_MS);
    if (tripsMs.length === 0) throw new Error('no keepalive was answered during the transfer');
    await cluster.assertInStep();
    return {
      values: { p99: percentile(tripsMs.flatMap(atEveryMoment), 99), max: Math.max(...tripsMs) },
      loop,
    };
  } finally {
    await cluster.close();
  }
}

/** While one is slow no other is sent: what those would have waited counts as well. */
function atEveryMoment(tripMs: number): number[] {
  const count = Math.max(1, Math.ceil(tripMs / PAUSE_MS));
  return Array.from({ length: count }, (_, i) => Math.max(0, tripMs - i * PAUSE_MS));
}
