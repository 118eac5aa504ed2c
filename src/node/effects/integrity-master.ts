import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromCallback, fromPromise } from 'xstate';
import type { Failure } from '../../../machines/failure.ts';
import { localIntegrityMachine, type ScanSummary } from '../../../machines/integrity/local-integrity.ts';
import { type Comparison, type PackEvent, serveMachine } from '../../../machines/integrity/serve.ts';
import { faultPoint } from '../../fault-point.ts';
import { compare } from '../../files/compare.ts';
import { digestBytes } from '../../files/digest.ts';
import { decodeMetadata, encodeManifest, type Manifest } from '../../files/manifest.ts';
import { isSafeName } from '../../files/paths.ts';
import { planTransfer, type TransferPlan } from '../../files/plan.ts';
import type { TaggedLog } from '../../observe/log.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { clearIncoming, incomingDirectory, outgoingDirectory } from '../spool.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { Transfers } from '../transfers/index.ts';
import { wire } from './failures.ts';
import { packSet } from './pack-set.ts';
import { readBounded } from './read-bounded.ts';
import { summarise } from './scan.ts';

/** What one integrity process of the master holds, beside its machine. */
export interface Workspace {
  readonly plan: TransferPlan;
  /** What is planned; at the end, what was sent. */
  manifest: Manifest;
}

const keyOf = (connectionId: number, task: string) => `${connectionId}/${task}`;
const text = (failure: Failure | null) =>
  failure === null ? 'unknown' : `Error ${failure.code} - ${failure.message}`;

/** The master's integrity process for one worker, with its effects. Specification: Integrity thread. */
export function masterIntegrity(services: NodeServices, transfers: Transfers) {
  const { channels, config, status, clock } = services;
  const watch = new Stopwatch(clock);
  const workspaces = new Map<string, Workspace>();
  const requestTimeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const progressTimeoutMs = config.intervals.communication.timeoutReceivingFileMs;
  const nameOf = (connectionId: number) =>
    status.workers.get(connectionId)?.name ?? `connection ${connectionId}`;
  const logOf = (connectionId: number, subtag: 'Integrity check' | 'Integrity sync'): TaggedLog =>
    services.log.tagged(`Worker ${nameOf(connectionId)}`, subtag);
  const markSyncing = (connectionId: number, isSyncing: boolean) => {
    const worker = status.workers.get(connectionId);
    if (worker !== undefined) worker.isSyncing = isSyncing;
  };
  const workspaceOf = (connectionId: number, task: string): Workspace => {
    const workspace = workspaces.get(keyOf(connectionId, task));
    if (workspace === undefined) throw new MusterError(1000, `nothing is planned for ${task}`);
    return workspace;
  };
  const note = (
    self: object,
    connectionId: number,
    kind: 'lastCheck' | 'lastSync',
    outcome: 'in-step' | 'synced' | 'failed',
    failure: Failure | null,
    comparison: Comparison | null,
  ) => {
    const worker = status.workers.get(connectionId);
    if (worker === undefined) return;
    worker[kind] = {
      startedAt: new Date(watch.startedMs(self)).toISOString(),
      durationSeconds: watch.seconds(self),
      outcome,
      created: comparison?.missing ?? 0,
      updated: comparison?.shared ?? 0,
      deleted: comparison?.extra ?? 0,
      failure,
    };
  };

  return serveMachine.provide({
    actors: {
      fileSend: transfers.fileSend,
      workspace: fromCallback<{ type: 'none' }, { connectionId: number; task: string }>(({ input }) => {
        markSyncing(input.connectionId, true);
        clearIncoming(config.home, nameOf(input.connectionId));
        return () => {
          markSyncing(input.connectionId, false);
          workspaces.delete(keyOf(input.connectionId, input.task));
        };
      }),
      compare: fromPromise<
        Comparison,
        { connectionId: number; task: string; file: string; limitBytes: number }
      >(async ({ input: { connectionId, task, file, limitBytes }, signal }) => {
        if (!isSafeName(file)) throw new MusterError(3114, JSON.stringify(file));
        const path = join(incomingDirectory(config.home, nameOf(connectionId)), file);
        const bytes = await readBounded(path).finally(() => rm(path, { force: true }));
        const worker = decodeMetadata(bytes);
        const comparison = compare(services.index.files, worker, config.files);
        faultPoint('set.compared');
        const plan = planTransfer(comparison, limitBytes);
        const deferred = new Set(plan.deferred);
        const kept = (files: typeof comparison.missing) =>
          new Map([...files].filter(([name]) => !deferred.has(name)));
        const manifest: Manifest = {
          missing: kept(comparison.missing),
          shared: kept(comparison.shared),
          extra: new Map(comparison.extra),
          deferred: plan.deferred.length,
        };
        // The process may have ended meanwhile; nobody would take the plan away again.
        signal.throwIfAborted();
        workspaces.set(keyOf(connectionId, task), { plan, manifest });
        return {
          received: worker.size,
          missing: manifest.missing.size,
          shared: manifest.shared.size,
          extra: manifest.extra.size,
          files: manifest.missing.size + manifest.shared.size,
          bytes: plan.bytes,
        };
      }),
      tellInStep: fromPromise<void, { connectionId: number; task: string }>(async ({ input, signal }) => {
        await channels
          .get(input.connectionId)
          .request('syn_m_c_ok', { task: input.task }, { timeoutMs: requestTimeoutMs, signal });
      }),
      announce: fromPromise<{ task: string }, { connectionId: number; task: string; comparison: Comparison }>(
        ({ input: { connectionId, task, comparison }, signal }) => {
          const { missing, shared, extra, files, bytes } = comparison;
          return channels
            .get(connectionId)
            .request(
              'syn_m_c',
              { task, missing, shared, extra, files, bytes },
              { timeoutMs: requestTimeoutMs, signal },
            );
        },
      ),
      packSet: fromCallback<PackEvent, { connectionId: number; task: string }>(
        ({ input, receive, sendBack }) =>
          packSet({
            workspace: workspaceOf(input.connectionId, input.task),
            packages: services.packages,
            pool: services.pool,
            home: config.home,
            writeManifest: async (manifest) => {
              const bytes = encodeManifest(manifest);
              const digest = await digestBytes(bytes);
              const name = `${input.task}.json`;
              const path = join(outgoingDirectory(config.home), name);
              try {
                await writeFile(path, bytes, { mode: 0o640 });
                faultPoint('manifest.written');
              } catch (error) {
                await rm(path, { force: true });
                throw error;
              }
              return { path, name, sizeBytes: bytes.length, digest };
            },
            progressTimeoutMs,
            now: () => clock.now(),
            emit: sendBack,
            onFree: (listener) => receive((event) => listener(event.slot)),
            onLeftOut: (path) =>
              logOf(input.connectionId, 'Integrity sync').warning(
                `${path} is left to the next round: it is no longer what was found by the last scan.`,
              ),
          }),
      ),
      finish: fromPromise<void, { connectionId: number; task: string; manifest: string }>(
        async ({ input: { connectionId, task, manifest }, signal }) => {
          await channels.get(connectionId).request(
            'syn_m_c_e',
            { task, file: manifest, error: null },
            // The worker answers when the set is in place.
            { timeoutMs: progressTimeoutMs, signal },
          );
        },
      ),
      tellFailure: fromPromise<void, { connectionId: number; task: string | null; failure: Failure }>(
        async ({ input: { connectionId, task, failure }, signal }) => {
          await channels
            .get(connectionId)
            .request(
              'syn_m_c_e',
              { task, file: null, error: wire(failure) },
              { timeoutMs: requestTimeoutMs, signal },
            );
        },
      ),
    },
    actions: {
      replyTask: (_, { connectionId, counter, task }) =>
        channels.find(connectionId)?.reply<'syn_i_w_m'>(counter, { task }),
      acknowledge: (_, { connectionId, counter }) =>
        channels.find(connectionId)?.reply<'syn_i_w_m_e'>(counter, {}),
      refuse: (_, { connectionId, counter }) => services.refuseTask(connectionId, counter),
      logCheckStarting: ({ self, context }) => {
        watch.start(self);
        logOf(context.connectionId, 'Integrity check').info('Starting.');
      },
      logCheckFinished: ({ self, context: { connectionId, comparison } }) => {
        const inStep = comparison !== null && comparison.missing + comparison.shared + comparison.extra === 0;
        note(self, connectionId, 'lastCheck', inStep ? 'in-step' : 'synced', null, comparison);
        logOf(connectionId, 'Integrity check').info(
          `Finished in ${watch.seconds(self).toFixed(3)}s. Received metadata of ${comparison?.received ?? 0} files. Sync ${inStep ? 'not required' : 'required'}.`,
        );
      },
      logSyncStarting: ({ self, context: { connectionId, comparison } }) => {
        watch.start(self);
        const log = logOf(connectionId, 'Integrity sync');
        log.info('Starting.');
        log.info(
          `Files to create in worker: ${comparison?.missing} | Files to update in worker: ${comparison?.shared} | Files to delete in worker: ${comparison?.extra} | Files to receive: ${comparison?.files}`,
        );
      },
      logSyncFinished: ({ self, context: { connectionId, task, comparison } }) => {
        note(self, connectionId, 'lastSync', 'synced', null, comparison);
        const log = logOf(connectionId, 'Integrity sync');
        log.info(`Finished in ${watch.seconds(self).toFixed(3)}s.`);
        logManifest(log, workspaces.get(keyOf(connectionId, task))?.manifest);
      },
      logCancelled: ({ self, context: { connectionId, comparison, failure } }) => {
        note(self, connectionId, 'lastSync', 'failed', failure, comparison);
        logOf(connectionId, 'Integrity sync').error(`The worker cancelled the task: ${text(failure)}`);
      },
      logFailed: ({ self, context: { connectionId, workerTask, comparison, failure } }) => {
        note(
          self,
          connectionId,
          workerTask === null ? 'lastCheck' : 'lastSync',
          'failed',
          failure,
          comparison,
        );
        logOf(connectionId, workerTask === null ? 'Integrity check' : 'Integrity sync').error(text(failure));
      },
      logUntold: ({ context, event }) =>
        logOf(context.connectionId, 'Integrity sync').warning('The worker could not be told', {
          error: (event as { error?: unknown }).error,
        }),
    },
  });
}

function logManifest(log: TaggedLog, manifest: Manifest | undefined): void {
  if (manifest === undefined) return;
  for (const path of manifest.missing.keys()) log.debug(`Created ${path}`);
  for (const path of manifest.shared.keys()) log.debug(`Updated ${path}`);
  for (const path of manifest.extra.keys()) log.debug(`Deleted ${path}`);
}

/** The master's scan of its own files. Specification: Local integrity thread. */
export function localIntegrity(services: NodeServices, publish: (digest: string) => void) {
  const log = services.log.tagged('Master', 'Local integrity');
  const watch = new Stopwatch(services.clock);
  return localIntegrityMachine.provide({
    actors: {
      scan: fromPromise<ScanSummary, undefined>(async () => {
        const report = await services.index.scan();
        for (const path of report.created) log.debug(`Created ${path}`);
        for (const path of report.updated) log.debug(`Updated ${path}`);
        for (const path of report.deleted) log.debug(`Deleted ${path}`);
        return summarise(report, log);
      }),
    },
    actions: {
      publish: (_, { digest }) => publish(digest),
      logStarting: ({ self }) => {
        watch.start(self);
        log.debug('Starting.');
      },
      logFinished: ({ self, context: { summary } }) => {
        const changed = summary !== null && summary.created + summary.updated + summary.deleted > 0;
        services.status.lastLocalIntegrity = {
          startedAt: new Date(watch.startedMs(self)).toISOString(),
          durationSeconds: watch.seconds(self),
          files: summary?.fileCount ?? 0,
        };
        const write = changed ? log.info : log.debug;
        write(
          `Finished in ${watch.seconds(self).toFixed(3)}s. Calculated metadata of ${summary?.fileCount ?? 0} files.`,
        );
      },
      logFailed: ({ context: { failure } }) =>
        log.error(`Error calculating local file integrity: ${text(failure)}`),
    },
  });
}
