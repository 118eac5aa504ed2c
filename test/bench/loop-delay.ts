import type { BenchNode } from './bench-node.ts';
import { percentile } from './statistics.ts';

/** How late the event loop of a node was, in milliseconds. */
export interface LoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
  /** 99th percentile without the time that the thread was ready and had no processor. */
  readonly ownP99Ms: number;
}

export interface LoopDelays {
  readonly master: LoopDelay;
  /** Of the worst worker. */
  readonly worker: LoopDelay;
}

/** The delays of master and workers between two moments (milliseconds since the epoch). */
export async function loopDelays(
  { master, workers }: { master: BenchNode; workers: readonly BenchNode[] },
  fromMs: number,
  toMs: number,
): Promise<LoopDelays> {
  const [ofMaster, ...ofWorkers] = await Promise.all(
    [master, ...workers].map(async (node): Promise<LoopDelay> => {
      const { delaysMs = [], queuedMs = [] } = await node.ask({ ask: 'loop', fromMs, toMs });
      const ownMs = delaysMs.map((delayMs, i) => delayMs - (queuedMs[i] ?? 0));
      return {
        p99Ms: percentile(delaysMs, 99),
        maxMs: Math.max(0, ...delaysMs),
        ownP99Ms: percentile(ownMs, 99),
      };
    }),
  );
  const worst = (key: keyof LoopDelay) => Math.max(0, ...ofWorkers.map((delay) => delay[key]));
  return {
    master: ofMaster ?? { p99Ms: 0, maxMs: 0, ownP99Ms: 0 },
    worker: { p99Ms: worst('p99Ms'), maxMs: worst('maxMs'), ownP99Ms: worst('ownP99Ms') },
  };
}
