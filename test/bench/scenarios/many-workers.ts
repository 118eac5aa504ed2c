import { BenchCluster } from '../cluster.ts';
import { DIRECTORY, small } from '../file-sets.ts';
import { CHECK_STARTING, SYNC_FINISHED } from '../log-patterns.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';

const WORKERS = 10;
const FILES = 10_000;
/** 200 MB. */
const MAX_PEAK_MIB = 200_000_000 / 1_048_576;

export const manyWorkers: Scenario = {
  name: 'many-workers',
  title: 'first sync of 10 workers at once, 10,000 files of 4 KiB',
  figures: [
    { key: 'opens', title: 'times that the master reads a file', unit: '', goal: { atMost: 1 } },
    { key: 'masterPeak', title: "master's peak memory", unit: 'MiB', goal: { atMost: MAX_PEAK_MIB } },
    { key: 'total', title: 'time, first start to last end', unit: 's' },
    { key: 'masterCpu', title: "master's CPU", unit: 's' },
  ],
  run,
};

/** Files that are read are files that are packed: the probe counts how often the master's threads open each. */
async function run(context: RunContext): Promise<Sample> {
  const cluster = await BenchCluster.create({ ...context, workers: WORKERS, countsOpensIn: DIRECTORY });
  try {
    await cluster.startMaster(small(FILES));
    const { master, workers } = cluster;
    const { opens: opensBefore = 0 } = await master.ask({ ask: 'opens' });
    await startProfiles(context, [master]);
    const cpuBefore = master.usage.cpuSeconds;
    for (const worker of workers) worker.start();
    const started = await Promise.all(workers.map(({ lines }) => lines.first(CHECK_STARTING)));
    const finished = await Promise.all(workers.map(({ lines }) => lines.first(SYNC_FINISHED)));
    const { cpuSeconds, peakMemoryMiB } = master.usage;
    const startedMs = Math.min(...started.map(({ timeMs }) => timeMs));
    const finishedMs = Math.max(...finished.map(({ timeMs }) => timeMs));
    const loop = await loopDelays(cluster, startedMs, finishedMs);
    const { opens } = await master.ask({ ask: 'opens' });
    if (opens !== undefined && opens - opensBefore < FILES) {
      throw new Error(`the probe saw ${opens - opensBefore} files opened, of ${FILES} that were sent`);
    }
    await stopProfiles(context, [master]);
    await cluster.assertInStep();
    return {
      values: {
        ...(opens === undefined ? {} : { opens: (opens - opensBefore) / FILES }),
        masterPeak: peakMemoryMiB,
        total: (finishedMs - startedMs) / 1000,
        masterCpu: cpuSeconds - cpuBefore,
      },
      loop,
    };
  } finally {
    await cluster.close();
  }
}
