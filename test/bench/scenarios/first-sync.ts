import { BenchCluster } from '../cluster.ts';
import type { FileSet } from '../file-sets.ts';
import { CHECK_STARTING, SYNC_FINISHED } from '../log-patterns.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample } from '../scenario.ts';

/**
 * The first sync of an empty worker: from its line that the check starts to its line that the sync has finished. CPU is
 * that between the two lines, so that the start of the processes is no part of it.
 */
export async function firstSync(context: RunContext, set: FileSet): Promise<Sample> {
  const cluster = await BenchCluster.create({ ...context, workers: 1 });
  try {
    await cluster.startMaster(set);
    const { master, worker } = cluster;
    await startProfiles(context, [master]);
    worker.start();
    await startProfiles(context, [worker]);
    const started = await worker.lines.first(CHECK_STARTING);
    const before = { master: master.usage, worker: worker.usage };
    const finished = await worker.lines.first(SYNC_FINISHED);
    const after = { master: master.usage, worker: worker.usage };
    const loop = await loopDelays(cluster, started.timeMs, finished.timeMs);
    await stopProfiles(context, cluster.nodes);
    await cluster.assertInStep();
    return {
      values: {
        total: (finished.timeMs - started.timeMs) / 1000,
        masterCpu: after.master.cpuSeconds - before.master.cpuSeconds,
        workerCpu: after.worker.cpuSeconds - before.worker.cpuSeconds,
        masterPeak: after.master.peakMemoryMiB,
        workerPeak: after.worker.peakMemoryMiB,
      },
      loop,
    };
  } finally {
    await cluster.close();
  }
}
