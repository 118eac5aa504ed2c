import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StartOptions } from '../e2e/node-process.ts';

/** What one process holds at one moment, after a garbage collection. */
export interface Sample {
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Open file descriptors. */
  readonly descriptors: number;
  /** What keeps the event loop of the main thread alive until somebody closes it: sockets, servers, pipes, ports of threads. */
  readonly handles: number;
  /** Timers of the main thread. How many there are follows from what happens at the moment: they tell something at rest. */
  readonly timers: number;
}

export interface SampleOrder {
  /** Samples are appended to it, one JSON a line. */
  readonly file: string;
  readonly everyMs: number;
}

export const SAMPLE_VARIABLE = 'MUSTER_TEST_SAMPLES';

/** How a node is started so that it tells what it holds. */
export const startSampled = (order: SampleOrder): StartOptions => ({
  imports: [join(import.meta.dirname, 'sample-preload.ts')],
  env: { [SAMPLE_VARIABLE]: JSON.stringify(order) },
});

/** The samples of each process that wrote to a file; a process may have been killed in the middle of a line. */
export function lives(file: string): Sample[][] {
  const byPid = new Map<number, Sample[]>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const sample = parse(line);
    if (sample !== null) byPid.set(sample.pid, [...(byPid.get(sample.pid) ?? []), sample]);
  }
  return [...byPid.values()];
}

function parse(line: string): Sample | null {
  try {
    return JSON.parse(line) as Sample;
  } catch {
    return null; // the last words of a process that was killed
  }
}
