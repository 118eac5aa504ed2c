import { BenchCluster } from '../cluster.ts';
import { CountingProxy } from '../counting-proxy.ts';
import { small } from '../file-sets.ts';
import { SYNC_FINISHED } from '../log-patterns.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';

/** The original does nothing for one `sync_integrity` after it has connected: 9 s, and then takes 0.198 s. */
const ORIGINAL_SECONDS = 9.2;

export const connectToInStep: Scenario = {
  name: 'connect',
  title: 'from connecting to in step, 1,000 files of 4 KiB',
  figures: [{ key: 'total', title: 'time', unit: 's', original: ORIGINAL_SECONDS, goal: { atMost: 1 } }],
  run,
};

/** From the moment that the worker's connection arrives to its line that the sync has finished. */
async function run(context: RunContext): Promise<Sample> {
  let proxy: CountingProxy | undefined;
  const cluster = await BenchCluster.create({
    ...context,
    workers: 1,
    connectTo: async (masterPort) => {
      proxy = await CountingProxy.open(masterPort);
      return proxy.port;
    },
  });
  try {
    await cluster.startMaster(small(1_000));
    const { worker } = cluster;
    await startProfiles(context, [cluster.master]);
    worker.start();
    await startProfiles(context, [worker]);
    const finished = await worker.lines.first(SYNC_FINISHED);
    const connectedMs = proxy?.connectedMs ?? Number.NaN;
    const loop = await loopDelays(cluster, connectedMs, finished.timeMs);
    await stopProfiles(context, cluster.nodes);
    await cluster.assertInStep();
    return { values: { total: (finished.timeMs - connectedMs) / 1000 }, loop };
  } finally {
    await cluster.close();
    await proxy?.close();
  }
}
