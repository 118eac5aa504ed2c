import { readFileSync, watch, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BenchCluster } from '../cluster.ts';
import { pathOf, small } from '../file-sets.ts';
import { SYNC_FINISHED } from '../log-patterns.ts';
import { loopDelays } from '../loop-delay.ts';
import { startProfiles, stopProfiles } from '../profiles.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';
import { median } from '../statistics.ts';

const WORKERS = 10;
/** Changes of one run, one after the other. */
const CHANGES = 3;
/** Between changes: what the last one set off has ended. */
const PAUSE_MS = 700;
const DEADLINE_MS = 60_000;
/** The best case of 9 to 21 s. */
const ORIGINAL_SECONDS = 9;

export const changedFile: Scenario = {
  name: 'change',
  title: 'a changed file reaches 10 workers, 1,000 files',
  figures: [
    {
      key: 'slowest',
      title: 'slowest worker, after the write',
      unit: 's',
      original: ORIGINAL_SECONDS,
      goal: { atMost: 1 },
    },
  ],
  run,
};

async function run(context: RunContext): Promise<Sample> {
  const cluster = await BenchCluster.create({ ...context, workers: WORKERS });
  try {
    await cluster.startMaster(small(1_000));
    for (const worker of cluster.workers) worker.start();
    await Promise.all(cluster.workers.map(({ lines }) => lines.first(SYNC_FINISHED)));
    await cluster.assertInStep();
    await pause(PAUSE_MS);
    await startProfiles(context, cluster.nodes);
    const slowest: number[] = [];
    const startedMs = Date.now();
    for (let i = 0; i < CHANGES; i += 1) {
      slowest.push(await change(cluster, pathOf(i), `<!-- change ${i} -->\n`));
      await pause(PAUSE_MS);
    }
    const loop = await loopDelays(cluster, startedMs, Date.now());
    await stopProfiles(context, cluster.nodes);
    return { values: { slowest: median(slowest) }, loop };
  } finally {
    await cluster.close();
  }
}

/** Writes to the master's file; seconds until the last worker has it. */
async function change(cluster: BenchCluster, path: string, content: string): Promise<number> {
  const arrivals = cluster.workers.map(({ home }) => arrival(join(home, path), content));
  writeFileSync(join(cluster.master.home, path), content);
  const writtenMs = performance.now();
  const arrivedMs = await Promise.all(arrivals);
  return (Math.max(...arrivedMs) - writtenMs) / 1000;
}

/** Resolves with the moment at which the file has this content. */
function arrival(file: string, content: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const watcher = watch(dirname(file), (_, name) => {
      if (name !== basename(file) || readFileSync(file, 'utf8') !== content) return;
      end(() => resolve(performance.now()));
    });
    const timer = setTimeout(
      () => end(() => reject(new Error(`a change did not reach ${file} within ${DEADLINE_MS} ms`))),
      DEADLINE_MS,
    );
    const end = (settle: () => void) => {
      watcher.close();
      clearTimeout(timer);
      settle();
    };
  });
}
