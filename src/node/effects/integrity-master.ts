import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fromCallback, fromPromise } from 'xstate';
import type { Failure } from '../../../machines/failure.ts';
import type { PackEvent } from '../../../machines/integrity/send-slots.ts';
import { type Comparison, serveMachine } from '../../../machines/integrity/serve.ts';
import { isInStep } from '../../../machines/integrity/serve-types.ts';
import { faultPoint } from '../../fault-point.ts';
import { isSafeName } from '../../files/paths.ts';
import type { TaggedLog } from '../../observe/log.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { clearIncoming, incomingDirectory, outgoingDirectory } from '../spool.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { Transfers } from '../transfers/index.ts';
import { told, wire } from './failures.ts';
import { packSet } from './pack-set.ts';
import { changedOf, packWazuh4Set, removePackage, sendWazuh4Set, tellLeftOut } from './pack-wazuh4-set.ts';
import { logPaths, naming, type Workspace } from './round-workspace.ts';

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
  const closeRound = (round: number, late: readonly string[]) =>
    services.pool.runSticky('closeRound', { round, late }).catch(() => {
      // The thread died, or the node ends: the round is gone either way.
    });
  const drop = (key: string) => {
    const workspace = workspaces.get(key);
    workspaces.delete(key);
    if (workspace === undefined) return;
    void closeRound(workspace.plan.round, workspace.late);
    if (workspace.package !== null) void removePackage(workspace.package.path);
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
      ...watch.lap(self),
      outcome,
      created: comparison?.missing ?? 0,
      updated: comparison?.shared ?? 0,
      deleted: comparison?.extra ?? 0,
      failure,
    };
  };
  const noteFound = (connectionId: number, task: string, isDone: boolean) => {
    const worker = status.workers.get(connectionId);
    const workspace = workspaces.get(keyOf(connectionId, task));
    if (worker === undefined || workspace === undefined) return;
    worker.found = { digest: workspace.plan.digest, hasAll: isDone && workspace.isWhole };
  };

  return serveMachine.provide({
    actors: {
      fileSend: transfers.fileSend,
      workspace: fromCallback<{ type: 'none' }, { connectionId: number; task: string }>(({ input }) => {
        markSyncing(input.connectionId, true);
        clearIncoming(config.home, nameOf(input.connectionId));
        return () => {
          markSyncing(input.connectionId, false);
          drop(keyOf(input.connectionId, input.task));
        };
      }),
      compare: fromPromise<
        Comparison,
        { connectionId: number; task: string; file: string; limitBytes: number }
      >(async ({ input: { connectionId, task, file, limitBytes }, signal }) => {
        if (!isSafeName(file)) throw new MusterError(3114, JSON.stringify(file));
        const path = join(incomingDirectory(config.home, nameOf(connectionId)), file);
        const { home, files } = config;
        const { setForm } = channels.get(connectionId).traits;
        const order = { index: services.index.number, home, config: files, file: path, limitBytes };
        const plan = await services.pool
          .runSticky(setForm === 'package' ? 'openWazuh4Round' : 'openRound', order)
          .finally(() => rm(path, { force: true }));
        faultPoint('set.compared');
        // The process may have ended meanwhile; nobody would take the plan away again.
        if (signal.aborted) await closeRound(plan.round, []);
        signal.throwIfAborted();
        workspaces.set(keyOf(connectionId, task), {
          plan,
          limitBytes,
          without: [],
          late: [],
          isWhole: plan.withheld === 0,
          package: null,
          parts: new Map(),
        });
        const { received, withheld, missing, shared, extra, bytes } = plan;
        return { received, withheld, missing, shared, extra, files: missing + shared, bytes };
      }),
      tellInStep: fromPromise<void, { connectionId: number; task: string }>(async ({ input, signal }) => {
        await channels
          .get(input.connectionId)
          .request('syn_m_c_ok', { task: input.task }, { timeoutMs: requestTimeoutMs, signal });
      }),
      makePackage: fromPromise<void, { connectionId: number; task: string }>(
        async ({ input: { connectionId, task }, signal }) => {
          const workspace = workspaceOf(connectionId, task);
          const { plan, limitBytes } = workspace;
          const worker = nameOf(connectionId);
          const made = await packWazuh4Set({ services, worker, round: plan.round, limitBytes, signal });
          const { left, digest, name } = made;
          workspace.package = made;
          workspace.parts.set(digest, name);
          tellLeftOut(logOf(connectionId, 'Integrity sync'), left);
          workspace.late.push(...changedOf(left));
          if (left.length > 0) workspace.isWhole = false;
        },
      ),
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
        ({ input, receive, sendBack }) => {
          const workspace = workspaceOf(input.connectionId, input.task);
          const log = logOf(input.connectionId, 'Integrity sync');
          if (workspace.package !== null) {
            return sendWazuh4Set({
              package: workspace.package,
              progressTimeoutMs,
              nowMs: () => clock.elapsedMs(),
              emit: sendBack,
              onEnd: receive,
            });
          }
          return packSet({
            plan: workspace.plan,
            packages: services.packages,
            pool: services.pool,
            home: config.home,
            writeManifest: async (without) => {
              workspace.without = without;
              const { round } = workspace.plan;
              const name = `${input.task}.json`;
              const path = join(outgoingDirectory(config.home), name);
              try {
                const written = await services.packages.makingRoom(() =>
                  services.pool.runSticky('writeManifest', { round, path, without }),
                );
                faultPoint('manifest.written');
                return { path, name, ...written };
              } catch (error) {
                await rm(path, { force: true });
                throw error;
              }
            },
            progressTimeoutMs,
            now: () => clock.elapsedMs(),
            emit: sendBack,
            onEnd: receive,
            onPart: (digest, what) => workspace.parts.set(digest, what),
            onFailed: (path) => workspace.late.push(path),
            onLeftOut: (path, failure) => {
              workspace.late.push(path);
              const why =
                failure === null ? 'it is no longer what was found by the last scan.' : told(failure);
              log.warning(`${path} is left to the next round: ${why}`);
            },
          });
        },
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
      logCheckFinished: ({ self, context: { connectionId, task, comparison } }) => {
        const inStep = comparison !== null && isInStep(comparison);
        note(self, connectionId, 'lastCheck', inStep ? 'in-step' : 'synced', null, comparison);
        noteFound(connectionId, task, inStep);
        const withheld = comparison?.withheld ?? 0;
        const leftOut = withheld === 0 ? '' : ` Files left out (3131): ${withheld}.`;
        logOf(connectionId, 'Integrity check').info(
          `Finished in ${watch.told(self)}. Received metadata of ${comparison?.received ?? 0} files. Sync ${inStep ? 'not required' : 'required'}.${leftOut}`,
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
        // A package has only been sent: whether all of it is in place, the next check of that worker finds.
        if (channels.find(connectionId)?.traits.setForm !== 'package') noteFound(connectionId, task, true);
        const log = logOf(connectionId, 'Integrity sync');
        log.info(`Finished in ${watch.told(self)}.`);
        const workspace = workspaces.get(keyOf(connectionId, task));
        if (workspace !== undefined && log.isDebug) void logPaths(services.pool, log, workspace);
      },
      logCancelled: ({ self, context: { connectionId, task, comparison, failure } }) => {
        note(self, connectionId, 'lastSync', 'failed', failure, comparison);
        const named = failure && naming(failure, workspaces.get(keyOf(connectionId, task)));
        logOf(connectionId, 'Integrity sync').error(`The worker cancelled the task: ${text(named)}`);
      },
      tellUnfinished: ({ context: { connectionId, task, workerTask } }) => {
        const channel = channels.find(connectionId);
        const [name] = workspaces.get(keyOf(connectionId, task))?.parts.values() ?? [];
        if (channel?.traits.setForm !== 'package' || name === undefined) return;
        // It has no such task any more: it says so, and removes the file.
        const end = { task: workerTask, file: name, error: null };
        channel.request('syn_m_c_e', end, { timeoutMs: requestTimeoutMs }).catch(() => {});
      },
      logFailed: ({ self, context: { connectionId, comparison, failure } }) => {
        const isCheck = comparison === null || isInStep(comparison);
        note(self, connectionId, isCheck ? 'lastCheck' : 'lastSync', 'failed', failure, comparison);
        logOf(connectionId, isCheck ? 'Integrity check' : 'Integrity sync').error(text(failure));
      },
      logUntold: ({ context, event }) =>
        logOf(context.connectionId, 'Integrity sync').warning('The worker could not be told', {
          error: (event as { error?: unknown }).error,
        }),
    },
  });
}
