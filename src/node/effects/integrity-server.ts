import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { integrityServerMachine } from '../../../machines/integrity/integrity-server.ts';
import { packageLimitMachine } from '../../../machines/integrity/package-limit.ts';
import { permissionMachine } from '../../../machines/integrity/permission.ts';
import { isSafeName } from '../../files/paths.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { incomingDirectory } from '../spool.ts';
import type { Transfers } from '../transfers/index.ts';
import { told } from './failures.ts';
import { masterIntegrity } from './integrity-master.ts';

const MEGABYTE_BYTES = 1024 * 1024;
const MS_PER_SECOND = 1000;

/** What is known of a sync of which only the failure is told. */
const NOTHING_CHANGED = {
  durationSeconds: 0,
  outcome: 'failed',
  created: 0,
  updated: 0,
  deleted: 0,
} as const;

const megabytes = (sizeBytes: number) => (sizeBytes / MEGABYTE_BYTES).toFixed(2);

/** The integrity of one worker on its master, with its effects. */
export function integrityServer(services: NodeServices, transfers: Transfers) {
  const { channels, config, status } = services;
  const timeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const logOf = (connectionId: number, subtag: 'Integrity check' | 'Integrity sync') => {
    const name = status.workers.get(connectionId)?.name ?? `connection ${connectionId}`;
    return services.log.tagged(`Worker ${name}`, subtag);
  };
  const discard = (connectionId: number, file: string) => {
    const worker = status.workers.get(connectionId);
    if (worker === undefined || !isSafeName(file)) return;
    rm(join(incomingDirectory(config.home, worker.name), file), { force: true }).catch((error) =>
      logOf(connectionId, 'Integrity check').warning(`${file} could not be removed`, { error }),
    );
  };

  return integrityServerMachine.provide({
    actors: {
      serve: masterIntegrity(services, transfers),
      permission: permissionMachine.provide({
        actions: {
          answer: (_, { connectionId, counter, granted, inStep, digest }) =>
            channels.find(connectionId)?.reply<'syn_i_w_m_p'>(counter, { granted, inStep, digest }),
          refuseBegin: (_, { connectionId, counter }) =>
            channels.find(connectionId)?.fail(counter, new MusterError(3116, 'integrity')),
          logExpired: ({ context: { connectionId, maxLockedMs } }) =>
            logOf(connectionId, 'Integrity check').warning(
              `Automatically releasing Integrity check permissions flag after being locked out for more than ${Math.round(maxLockedMs / MS_PER_SECOND)}s.`,
            ),
        },
      }),
      packageLimit: packageLimitMachine.provide({
        actions: {
          logLowered: ({ context: { connectionId, limitBytes } }) =>
            logOf(connectionId, 'Integrity sync').debug(
              `Decreasing sync size limit to ${megabytes(limitBytes)} MB.`,
            ),
          logRaised: ({ context: { connectionId, limitBytes } }) =>
            logOf(connectionId, 'Integrity sync').debug(
              `Increasing sync size limit to ${megabytes(limitBytes)} MB.`,
            ),
        },
      }),
    },
    actions: {
      acknowledge: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.reply<'syn_i_w_m_r'>(counter, {}),
      refuseUnknownTask: (_, { connectionId, counter, task, file }) => {
        services.refuseTask(connectionId, counter, task);
        discard(connectionId, file);
      },
      noteReported: (_, { connectionId, failure }) => {
        const worker = status.workers.get(connectionId);
        const now = new Date(services.clock.now()).toISOString();
        if (worker !== undefined) {
          worker.lastSync = { ...NOTHING_CHANGED, startedAt: now, failure };
          // What it had is not certain any more.
          if (worker.found?.hasAll) worker.found = null;
        }
        logOf(connectionId, 'Integrity sync').error(`The worker failed: ${told(failure)}`);
      },
      refusePermission: (_, { connectionId, counter }) =>
        channels
          .find(connectionId)
          ?.reply<'syn_i_w_m_p'>(counter, { granted: false, inStep: false, digest: null }),
      push: (_, { connectionId, digest }) => {
        const channel = channels.find(connectionId);
        if (!config.push.enabled || !channel?.traits.understandsPush) return;
        channel.request('syn_i_m_w', { digest }, { timeoutMs }).catch((error) =>
          logOf(connectionId, 'Integrity sync').debug('The worker could not be told of a change', {
            error,
          }),
        );
      },
      logServeCrashed: ({ context: { connectionId }, event }) =>
        logOf(connectionId, 'Integrity sync').error('The integrity process crashed', {
          error: (event as { error?: unknown }).error,
        }),
    },
  });
}
