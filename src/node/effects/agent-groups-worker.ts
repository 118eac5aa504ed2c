import { fromPromise } from 'xstate';
import { groupsFollowMachine } from '../../../machines/agent-groups/follow.ts';
import { mismatchCounterMachine } from '../../../machines/agent-groups/mismatch-counter.ts';
import { groupsOverwriteMachine } from '../../../machines/agent-groups/overwrite.ts';
import type { GroupsProcessContext } from '../../../machines/agent-groups/process.ts';
import { groupsReceiveMachine } from '../../../machines/agent-groups/receive.ts';
import type { GroupsReport, GroupsStored } from '../../../machines/agent-groups/report.ts';
import type { Failure } from '../../../machines/failure.ts';
import { faultPoint } from '../../fault-point.ts';
import type { TaggedLog } from '../../observe/log.ts';
import { INTERNAL_ERROR, MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { Transfers } from '../transfers/index.ts';
import { decodeChunks, failureOfChunks } from './agent-chunks.ts';
import { told, wire } from './failures.ts';
import { clearOtherGroups, storeGroups } from './groups-store.ts';

/** The commands of a process: the answer, and the one that tells of a failure. */
type Answers = readonly ['syn_w_g_e', 'syn_w_g_err'] | readonly ['syn_wgc_e', 'syn_wgc_err'];
type Running = { self: object; context: GroupsProcessContext };

const CHANGED: Answers = ['syn_w_g_e', 'syn_w_g_err'];
const ALL: Answers = ['syn_wgc_e', 'syn_wgc_err'];
const unknown: Failure = { code: INTERNAL_ERROR, message: 'unknown' };

/** How a worker keeps its agent-groups like the master's, with effects. Specification: Agent groups send thread. */
export function workerAgentGroups(services: NodeServices, transfers: Transfers) {
  const { channels, config } = services;
  const tag = `Worker ${config.nodeName}`;
  const receiveLog = services.log.tagged(tag, 'Agent-groups recv');
  const fullLog = services.log.tagged(tag, 'Agent-groups recv full');
  const requestTimeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const take = (connectionId: number, handle: number) =>
    decodeChunks(transfers.strings.take(connectionId, handle));
  const readHash = fromPromise<{ hash: string | null }, undefined>(async () => {
    const hash = await services.store.current.groupsHash();
    faultPoint('groups.compared');
    return { hash };
  });
  const tellFailure = (log: TaggedLog, [, command]: Answers, connectionId: number, failure: Failure) => {
    channels
      .find(connectionId)
      ?.request(command, { error: wire(failure) }, { timeoutMs: requestTimeoutMs })
      .catch((error) => log.warning('The master could not be told', { error }));
  };

  return groupsFollowMachine.provide({
    actors: {
      receive: groupsReceiveMachine.provide({
        actors: {
          store: fromPromise<GroupsStored, { connectionId: number; handle: number }>(
            async ({ input, signal }) => {
              const chunks = take(input.connectionId, input.handle);
              const { stored } = await storeGroups(services.store.current, chunks, signal);
              faultPoint('groups.stored');
              return stored;
            },
          ),
          readHash,
        },
        actions: processActions(services, receiveLog, CHANGED, tellFailure),
      }),
      overwrite: groupsOverwriteMachine.provide({
        actors: {
          overwrite: fromPromise<GroupsStored, { connectionId: number; handle: number }>(
            async ({ input, signal }) => {
              const chunks = take(input.connectionId, input.handle);
              const { stored, named, wasUnderstood } = await storeGroups(
                services.store.current,
                chunks,
                signal,
              );
              faultPoint('groups.overwritten');
              if (wasUnderstood) await clearOtherGroups(services.store.current, named, signal);
              return stored;
            },
          ),
          recalculate: fromPromise<void, undefined>(() => services.store.current.recalculateGroupHashes()),
          readHash,
        },
        actions: {
          ...processActions(services, fullLog, ALL, tellFailure),
          logNotRecalculated: ({ context: { failure } }) =>
            fullLog.warning(`Hashes could not be computed anew: ${told(failure ?? unknown)}`),
        },
      }),
      counter: mismatchCounterMachine.provide({
        actors: {
          ask: fromPromise<void, { connectionId: number }>(async ({ input, signal }) => {
            await channels
              .get(input.connectionId)
              .request('syn_w_g_c', {}, { timeoutMs: requestTimeoutMs, signal });
          }),
        },
        actions: {
          logMismatch: (_, { mismatches, limit }) =>
            receiveLog.debug(
              `Checksums differ ${mismatches} times in a row; after ${limit} all groups are asked for.`,
            ),
          logReset: () => receiveLog.debug('Checksums are equal again.'),
          logAsked: () => receiveLog.info('Asked the master for the groups of all agents.'),
          logUnasked: ({ context: { failure } }) =>
            receiveLog.error(`The master could not be asked for all groups: ${told(failure ?? unknown)}`),
        },
      }),
    },
    actions: {
      refuse: (_, { connectionId, counter, handle }) => {
        transfers.strings.discard(connectionId, handle);
        channels.find(connectionId)?.fail(counter, new MusterError(3110, 'agent-groups are being written'));
      },
      tellCrash: (_, { connectionId, isFull, failure }) => {
        const log = isFull ? fullLog : receiveLog;
        log.error(`The process crashed: ${told(failure)}`);
        tellFailure(log, isFull ? ALL : CHANGED, connectionId, failure);
      },
    },
  });
}

/** What both processes do alike, each in its own log and by its own commands. */
function processActions(
  { channels, clock, config, status }: NodeServices,
  log: TaggedLog,
  answers: Answers,
  tellFailure: (log: TaggedLog, answers: Answers, connectionId: number, failure: Failure) => void,
) {
  const watch = new Stopwatch(clock);
  const timeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const note = (process: object, chunks: number, failure: Failure | null) => {
    status[answers === ALL ? 'lastAllGroups' : 'lastGroups'] = { ...watch.lap(process), chunks, failure };
  };
  const seconds = (process: object) => `${watch.seconds(process).toFixed(3)}s`;
  return {
    replyTask: (_: unknown, params: { connectionId: number; counter: number; task: string }) =>
      channels.find(params.connectionId)?.reply<'syn_g_m_w'>(params.counter, { task: params.task }),
    answer: ({ self }: Running, { connectionId, updatedChunks, errors, matches }: Sent) => {
      const [command] = answers;
      const args = {
        updated_chunks: updatedChunks,
        error_messages: [...errors],
        time_spent: watch.seconds(self),
        matches,
      };
      channels
        .find(connectionId)
        ?.request(command, args, { timeoutMs })
        .catch((error) => log.warning('The master could not be told', { error }));
    },
    answerFailure: (_: unknown, params: { connectionId: number; failure: Failure }) =>
      tellFailure(log, answers, params.connectionId, params.failure),
    logStarting: ({ self }: Running) => {
      watch.start(self);
      log.info('Starting.');
    },
    logMatching: () => log.debug('The checksum is that of the master.'),
    logDifferent: ({ context }: Running) =>
      log.debug(`The checksum of the master (${context.stored.masterHash}) is another.`),
    logUncompared: ({ context: { failure } }: Running) =>
      log.error(`The checksum could not be read: ${told(failure ?? unknown)}`),
    logFinished: ({ self, context: { stored } }: Running) => {
      note(self, stored.updatedChunks, failureOfChunks(stored.errors));
      log.info(`Finished in ${seconds(self)} (${stored.receivedChunks} chunks received).`);
      if (stored.errors.length === 0) return;
      log.warning(
        'Not all groups could be written. The master tries again; agents and groups that are new come with an integrity sync.',
      );
      for (const error of stored.errors.slice(0, MAX_LOGGED_ERRORS)) log.warning(error);
      const left = stored.errors.length - MAX_LOGGED_ERRORS;
      if (left > 0) log.warning(`${left} more chunks had errors.`);
    },
    logFailed: ({ self, context: { failure } }: Running) => {
      note(self, 0, failure ?? unknown);
      log.error(`Failed after ${seconds(self)}: ${told(failure ?? unknown)}`);
    },
  };
}

type Sent = { connectionId: number } & GroupsReport;
/** Errors of one string that the log names. */
const MAX_LOGGED_ERRORS = 10;
