import type { Usage } from '../process-usage.ts';
import { FleetPart } from './fleet-part.ts';
import type { FleetOrder, FleetReply } from './fleet-protocol.ts';

export interface FleetOptions {
  /** Homes of the workers, which are laid out. */
  readonly homes: readonly string[];
  /** Agents that report to each worker: the first has 1 to this, the second goes on from there. */
  readonly agentsEach: number;
  readonly probe: string;
  readonly profilePrefix: string | null;
}

/**
 * The workers of a master. The first has a process for itself, as every worker of a real cluster has: its event loop is what
 * is looked at. The others share one, so that a small machine can have many of them.
 */
export class Fleet {
  readonly parts: readonly FleetPart[];

  constructor({ homes, agentsEach, ...options }: FleetOptions) {
    const part = (name: string, firstHome: number, end?: number) =>
      new FleetPart({ homes: homes.slice(firstHome, end), firstHome, agentsEach }, { name, ...options });
    this.parts = [
      ...(homes.length > 0 ? [part('worker1', 0, 1)] : []),
      ...(homes.length > 1 ? [part('others', 1)] : []),
    ];
  }

  /** The worker with a process for itself; none if there are no workers. */
  get alone(): FleetPart[] {
    return this.parts.slice(0, 1);
  }

  /** CPU of all together, and the peak memory of the larger process. */
  get usage(): Usage {
    const usages = this.parts.map(({ usage }) => usage);
    return {
      cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      peakMemoryMiB: Math.max(0, ...usages.map(({ peakMemoryMiB }) => peakMemoryMiB)),
    };
  }

  start(): void {
    for (const part of this.parts) part.start();
  }

  /** All carry it out; the answer is from the first begin to the last end. */
  async order(order: FleetOrder): Promise<Omit<FleetReply, 'id'>> {
    const replies = await Promise.all(this.parts.map((part) => part.order(order)));
    return {
      startedMs: Math.min(...replies.map(({ startedMs = 0 }) => startedMs)),
      endedMs: Math.max(...replies.map(({ endedMs = 0 }) => endedMs)),
      messages: sumOf(replies.map(({ messages = {} }) => messages)),
    };
  }
}

function sumOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [name, count] of all.flatMap(Object.entries<number>)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
