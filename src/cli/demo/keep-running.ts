import { setTimeout as pause } from 'node:timers/promises';
import type { DemoCluster } from './demo-cluster.ts';

/** Long enough that one sees that a node is away, and what the others make of it. */
const AWAY_MS = 3_000;
const LOOK_MS = 250;

/** Starts a node again that somebody has killed, a moment later. Rejects when the signal ends it. */
export async function keepRunning(
  { nodes }: Pick<DemoCluster, 'nodes'>,
  { say, signal }: { say: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  for (;;) {
    await pause(LOOK_MS, undefined, { signal });
    const ended = nodes.filter(({ pid }) => pid === null);
    if (ended.length === 0) continue;
    for (const { name } of ended) say(`${name} has ended; it is started again in ${AWAY_MS / 1000} seconds`);
    await pause(AWAY_MS, undefined, { signal });
    for (const node of ended) node.start();
  }
}
