import { fileURLToPath } from 'node:url';
import type { BenchNode } from '../bench-node.ts';
import { ProbedProcess } from '../probed-process.ts';
import type { FleetOrder, FleetPlan, FleetReply } from './fleet-protocol.ts';

const PROCESS = fileURLToPath(new URL('./fleet-process.ts', import.meta.url));

/**
 * Workers beside each other in one process: what `muster node` runs of each, with a store and its thread of its own, and
 * TLS to the master over the loopback interface. They share one event loop and two threads for files.
 */
export class FleetPart extends ProbedProcess implements BenchNode {
  /** It has many homes. */
  readonly home = '';
  readonly #plan: FleetPlan;

  constructor(plan: FleetPlan, options: { name: string; probe: string; profilePrefix: string | null }) {
    super(options);
    this.#plan = plan;
  }

  start(): void {
    this.spawn(process.execPath, [PROCESS, JSON.stringify(this.#plan)]);
  }

  order(order: FleetOrder): Promise<FleetReply> {
    return this.request<FleetReply>(order);
  }

  async digest(): Promise<null> {
    return null;
  }
}
