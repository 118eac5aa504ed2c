import { setTimeout as pause } from 'node:timers/promises';
import { BenchCluster } from '../cluster.ts';
import { CountingProxy } from '../counting-proxy.ts';
import { small, writeSet } from '../file-sets.ts';
import { CHECK_FINISHED, SCAN_FINISHED } from '../log-patterns.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';
import { median } from '../statistics.ts';

const FILES = 10_000;
/** Checks that are measured in one run. */
const CHECKS = 25;
/** Time for both sides to have read what was written a moment ago, for the last time. */
const SETTLE_MS = 1_000;
/** Checks and scans follow each other quickly: each is measured for itself. */
const INTERVALS = { worker: { sync_integrity: 0.05 }, master: { recalculate_integrity: 0.5 } };
const KIB = 1024;

export const nothingToDo: Scenario = {
  name: 'nothing-to-do',
  title: 'a check with nothing to do, 10,000 files',
  figures: [
    { key: 'worker', title: "worker's time", unit: 's', original: 0.213, goal: { ofOriginal: 1 / 3 } },
    { key: 'workerCpu', title: "worker's CPU", unit: 's' },
    { key: 'wire', title: 'on the wire, both ways', unit: 'KiB', original: 884, goal: { atMost: 1 } },
    { key: 'roundTrips', title: 'round trips', unit: '', goal: { atMost: 1 } },
    { key: 'masterScan', title: "master's own scan", unit: 's', original: 0.118 },
  ],
  run,
};

/** Means over many checks of a worker that has been in step from the beginning. */
async function run(context: RunContext): Promise<Sample> {
  let proxy: CountingProxy | undefined;
  const cluster = await BenchCluster.create({
    ...context,
    workers: 1,
    debug: true,
    intervals: INTERVALS,
    connectTo: async (masterPort) => {
      proxy = await CountingProxy.open(masterPort);
      return proxy.port;
    },
  });
  try {
    const { worker, master } = cluster;
    writeSet(worker.home, small(FILES));
    await cluster.startMaster(small(FILES));
    worker.start();
    await worker.lines.first(CHECK_FINISHED);
    await pause(SETTLE_MS);
    await startProfiles(context, cluster.nodes);
    const before = await worker.lines.next(CHECK_FINISHED);
    proxy?.reset();
    const cpuBefore = worker.usage.cpuSeconds;
    const checks: number[] = [];
    let last = before;
    while (checks.length < CHECKS) {
      last = await worker.lines.next(CHECK_FINISHED);
      checks.push(secondsIn(CHECK_FINISHED, last.text));
    }
    const cpuSeconds = worker.usage.cpuSeconds - cpuBefore;
    const { toMasterBytes = 0, toWorkerBytes = 0, roundTrips = 0 } = proxy?.traffic ?? {};
    const loop = await loopDelays(cluster, before.timeMs, last.timeMs);
    await stopProfiles(context, cluster.nodes);
    const scans = master.lines
      .matching(SCAN_FINISHED)
      .filter(({ timeMs }) => timeMs > before.timeMs)
      .map(({ text }) => secondsIn(SCAN_FINISHED, text));
    return {
      values: {
        worker: median(checks),
        workerCpu: cpuSeconds / CHECKS,
        wire: (toMasterBytes + toWorkerBytes) / CHECKS / KIB,
        roundTrips: roundTrips / CHECKS,
        masterScan: median(scans),
      },
      loop,
    };
  } finally {
    await cluster.close();
    await proxy?.close();
  }
}

const secondsIn = (pattern: RegExp, text: string) => Number(pattern.exec(text)?.[1]);
