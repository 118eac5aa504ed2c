import { appendFileSync, readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { SAMPLE_VARIABLE, type Sample, type SampleOrder } from './sample.ts';

/** What ends by itself: timers, and calls of the operating system that are under way. */
const EPHEMERAL = /^Timeout$|^Immediate$|Req/;

/** Loaded before a node by `--import`: tells from time to time what the process holds. */
if (isMainThread) {
  const { file, everyMs } = JSON.parse(process.env[SAMPLE_VARIABLE] ?? '') as SampleOrder;
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const timer = setInterval(() => {
    collectGarbage();
    const { rss, heapUsed } = process.memoryUsage();
    const resources = process.getActiveResourcesInfo();
    const sample: Sample = {
      pid: process.pid,
      atMs: Date.now(),
      rssBytes: rss,
      heapBytes: heapUsed,
      descriptors: readdirSync('/proc/self/fd').length,
      handles: resources.filter((type) => !EPHEMERAL.test(type)).length,
      timers: resources.filter((type) => type === 'Timeout').length,
    };
    appendFileSync(file, `${JSON.stringify(sample)}\n`);
  }, everyMs);
  timer.unref();
}
