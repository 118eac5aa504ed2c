import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fromCallback, fromPromise } from 'xstate';
import { type Failure, UNKNOWN } from '../../../machines/failure.ts';
import { type ApplyReport, applyMachine, type StagingEvent } from '../../../machines/integrity/apply.ts';
import { type BegunCheck, checkMachine, type PermissionReply } from '../../../machines/integrity/check.ts';
import type { ScanSummary } from '../../../machines/integrity/local-integrity.ts';
import { isDiskFull } from '../../config/system-words.ts';
import { faultPoint } from '../../fault-point.ts';
import { MusterError } from '../../protocol/errors.ts';
import { Turns } from '../../turns.ts';
import { type ChangedFiles, remember } from '../recent-syncs.ts';
import type { NodeServices } from '../services.ts';
import { outgoingDirectory } from '../spool.ts';
import type { SyncRecord } from '../status.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { Transfers } from '../transfers/index.ts';
import { asError, asFailure, told, wire } from './failures.ts';
import { logNames } from './log-names.ts';
import { wazuh4PackageName } from './pack-wazuh4-set.ts';
import { notedScan, summarise } from './scan.ts';
import { SetStaging } from './set-staging.ts';
import { unwantedParts } from './unwanted-parts.ts';

/** Our metadata on its way out: one file, so that rounds that are cut short leave no more than one behind. */
const METADATA_FILE = 'integrity.meta';

/** The worker's integrity processes with their effects. Specification: Integrity thread. */
export function workerIntegrity(services: NodeServices, transfers: Transfers) {
  const { channels, config, status, clock } = services;
  const tag = `Worker ${config.nodeName}`;
  const checkLog = services.log.tagged(tag, 'Integrity check');
  const syncLog = services.log.tagged(tag, 'Integrity sync');
  const watch = new Stopwatch(clock);
  const workspaces = new Map<string, SetStaging>();
  // A set that is being applied goes on when its connection is lost; the next one must not begin beside it.
  const applying = new Turns();
  /** The last sync found the disk full: what a set does not need itself is not kept beside it until one is applied. */
  let isRoomShort = false;
  /** What the sync that is under way has changed. */
  let changed: ChangedFiles | undefined;
  const requestTimeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const progressTimeoutMs = config.intervals.communication.timeoutReceivingFileMs;

  const setForm = () => channels.master()?.traits.setForm ?? 'parts';
  const writeWazuh4List = async (path: string) => {
    const { compressLevel: level } = config.intervals.communication;
    const order = { index: services.index.number, path, level };
    const { sizeBytes, sha256: digest } = await services.pool.runSticky('writeWazuh4List', order);
    return { name: wazuh4PackageName(config.nodeName, clock.now()), sizeBytes, digest };
  };

  const writeMusterList = async (path: string) => {
    const written = await services.index.writeMetadata(path);
    faultPoint('metadata.written');
    return { name: `${written.digest}.meta`, ...written };
  };

  const record = (
    process: object,
    outcome: 'in-step' | 'synced' | 'failed',
    failure: Failure | null,
    report: ApplyReport | null,
  ) => ({
    ...watch.lap(process),
    outcome,
    created: report?.created ?? 0,
    updated: report?.updated ?? 0,
    deleted: report?.deleted ?? 0,
    failure,
  });

  const noteSync = (sync: SyncRecord) => {
    status.lastSync = sync;
    status.recentSyncs = remember(status.recentSyncs, sync, changed);
  };

  const dropUnwantedParts = unwantedParts(services, transfers, syncLog);

  const apply = applyMachine.provide({
    actors: {
      staging: fromCallback<StagingEvent, { task: string; masterTask: string }>(
        ({ input, receive, sendBack }) => {
          const workspace = new SetStaging({
            ...input,
            services,
            setForm,
            log: syncLog,
            dropUnwantedParts,
            keepsPackages: !isRoomShort,
            onDiskFull: () => {
              isRoomShort = true;
            },
            emit: sendBack,
          });
          workspaces.set(input.task, workspace);
          receive((event) => workspace.hear(event));
          return () => {
            workspaces.delete(input.task);
            workspace.dispose();
          };
        },
      ),
      commit: fromPromise<ApplyReport, { task: string }>(async ({ input }) => {
        const workspace = workspaces.get(input.task);
        if (workspace === undefined) throw new MusterError(3040, 'the manifest did not arrive');
        const report = await applying.run(() => workspace.commit());
        isRoomShort = false;
        changed = report;
        syncLog.info(
          `Files to create: ${report.created.length} | Files to update: ${report.updated.length} | Files to delete: ${report.deleted.length}`,
        );
        for (const problem of report.problems) syncLog.error(`${problem.path}: ${problem.message}`);
        if (syncLog.isDebug) logNames(syncLog, report);
        const [problem] = report.problems;
        if (problem !== undefined) {
          const count = report.problems.length;
          throw new MusterError(
            3119,
            `${problem.path}: ${problem.message} (${count} files are not in place)`,
          );
        }
        return {
          created: report.created.length,
          updated: report.updated.length,
          deleted: report.deleted.length,
          deferred: report.deferred,
        };
      }),
      cancelTask: fromPromise<void, { connectionId: number; task: string; failure: Failure }>(
        async ({ input, signal }) => {
          await channels
            .get(input.connectionId)
            .request(
              'cancel_task',
              { task: input.task, error: wire(input.failure) },
              { timeoutMs: requestTimeoutMs, signal },
            );
        },
      ),
    },
    actions: {
      replyTask: (_, { connectionId, counter, task }) =>
        channels.find(connectionId)?.reply<'syn_m_c'>(counter, { task }),
      acknowledge: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.reply<'syn_m_c_e'>(counter, {}),
      acknowledgeEnd: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.reply<'syn_m_c_e'>(counter, {}),
      refuseEnd: (_, { connectionId, counter, failure }) =>
        channels.find(connectionId)?.fail(counter, asError(failure ?? UNKNOWN)),
      refuse: (_, { connectionId, counter }) => services.refuseTask(connectionId, counter),
      logStarting: ({ self }) => {
        changed = undefined;
        watch.start(self);
        syncLog.info('Starting.');
      },
      logNotReceived: ({ event }) => {
        if (event.type !== 'transfer.failed') return;
        syncLog.warning(`${event.name} did not arrive: ${told(event.failure)}`);
      },
      logFinished: ({ self, context }) => {
        noteSync(record(self, 'synced', null, context.report));
        syncLog.info(`Finished in ${watch.told(self)}.`);
        if ((context.report?.deferred ?? 0) > 0) {
          syncLog.info(`${context.report?.deferred} files are left to the next round.`);
        }
      },
      logFailed: ({ self, context }) => {
        noteSync(record(self, 'failed', context.failure, null));
        syncLog.error(`Failed after ${watch.told(self)}: ${text(context.failure)}`);
      },
      logUncancelled: ({ event }) =>
        syncLog.warning('The master could not be told to cancel', {
          error: (event as { error?: unknown }).error,
        }),
    },
  });

  return checkMachine.provide({
    actors: {
      apply,
      fileSend: transfers.fileSend,
      scan: fromPromise<ScanSummary, undefined>(async () => {
        const report = await notedScan(services, async () => {
          await applying.run(() => services.recovery.finish());
          return services.index.scan();
        });
        return summarise(report, checkLog, false);
      }),
      askPermission: fromPromise<PermissionReply, { connectionId: number; digest: string }>(
        ({ input, signal }) =>
          channels
            .get(input.connectionId)
            .request('syn_i_w_m_p', { digest: input.digest }, { timeoutMs: requestTimeoutMs, signal }),
      ),
      begin: fromPromise<BegunCheck, { connectionId: number }>(async ({ input, signal }) => {
        const channel = channels.get(input.connectionId);
        const { task } = await channel.request('syn_i_w_m', {}, { timeoutMs: requestTimeoutMs, signal });
        return { task, packsFirst: channel.traits.setForm === 'package' };
      }),
      writeMetadata: fromPromise(async () => {
        const path = join(outgoingDirectory(config.home), METADATA_FILE);
        const write = () => (setForm() === 'package' ? writeWazuh4List(path) : writeMusterList(path));
        const written = await write().catch(async (error) => {
          if (!isDiskFull(asFailure(error).message)) throw error;
          await dropUnwantedParts();
          return write();
        });
        return { path, ...written, progressTimeoutMs };
      }),
      endMetadata: fromPromise<void, { connectionId: number; task: string; file: string }>(
        async ({ input, signal }) => {
          removeQuietly(join(outgoingDirectory(config.home), METADATA_FILE));
          await channels
            .get(input.connectionId)
            .request(
              'syn_i_w_m_e',
              { task: input.task, file: input.file },
              { timeoutMs: requestTimeoutMs, signal },
            );
        },
      ),
      reportFailure: fromPromise<void, { connectionId: number; task: string | null; failure: Failure }>(
        async ({ input, signal }) => {
          await channels
            .get(input.connectionId)
            .request(
              'syn_i_w_m_r',
              { task: input.task, error: wire(input.failure) },
              { timeoutMs: requestTimeoutMs, signal },
            );
        },
      ),
    },
    actions: {
      acknowledge: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.reply<'syn_m_c_ok'>(counter, {}),
      refuse: (_, { connectionId, counter }) => services.refuseTask(connectionId, counter),
      noteStart: ({ self }) => watch.start(self),
      logStarting: () => checkLog.info('Starting.'),
      logRefused: () => checkLog.debug("Master didn't grant permission to start a new synchronization."),
      logInStep: ({ self, context }) => {
        status.lastCheck = record(self, 'in-step', null, null);
        const write = context.task === null ? checkLog.debug : checkLog.info;
        write(`Finished in ${watch.told(self)}. Sync not required.`);
      },
      logSyncRequired: ({ self }) => {
        status.lastCheck = record(self, 'synced', null, null);
        checkLog.info(`Finished in ${watch.told(self)}. Sync required.`);
      },
      noteFailed: ({ self, context }) => {
        status.lastCheck = record(self, 'failed', context.failure, null);
      },
      logFailed: ({ self, context }) => {
        status.lastCheck = record(self, 'failed', context.failure, null);
        checkLog.error(`Error synchronizing integrity: ${text(context.failure)}`);
      },
      logUnreported: ({ event }) =>
        checkLog.warning('The master could not be told', { error: (event as { error?: unknown }).error }),
    },
  });
}

const text = (failure: Failure | null) =>
  failure === null ? 'unknown' : `Error ${failure.code} - ${failure.message}`;

/** A file that is of no more use; that it is gone already is no news. */
function removeQuietly(path: string): void {
  rm(path, { force: true }).catch(() => {
    // The spool is pruned by age and size, so a file that cannot be removed now is not kept for ever.
  });
}
