import { fromPromise } from 'xstate';
import { periodicMachine, type RoundOutput } from '../../machines/periodic.ts';
import { child } from '../../machines/supervision/children.ts';
import { link } from '../../machines/supervision/link.ts';
import { sweepIncoming } from './node-transfers.ts';
import type { NodeServices } from './services.ts';
import type { Transfers } from './transfers/index.ts';
import { SPOOL_SWEEP_INTERVAL_MS, SPOOL_SWEEP_RETRY_MS } from './transfers/limits.ts';

/** Looks through the spool when the node starts and every hour, the same on every node. */
export function spoolSweep(services: NodeServices, transfers: Transfers) {
  const task = fromPromise<RoundOutput, object>(async () => ({
    succeeded: await sweepIncoming(services, transfers),
  }));
  return child({
    id: 'spoolSweep',
    logic: link(periodicMachine.provide({ actors: { task }, actions: { refuseRelayed: () => {} } })),
    input: { task: {}, intervalMs: SPOOL_SWEEP_INTERVAL_MS, retryMs: SPOOL_SWEEP_RETRY_MS },
    restart: 'permanent',
    shutdownMs: 0,
  });
}
