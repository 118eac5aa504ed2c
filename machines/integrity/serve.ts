import { assign, sendParent, sendTo, setup, spawnChild, stopChild } from 'xstate';
import { type Failure, UNKNOWN } from '../failure.ts';
import { failWith, keepError } from '../keep-failure.ts';
import { actionNotProvided, callbackNotProvided, promiseNotProvided } from '../not-provided.ts';
import { outcomeOf } from '../outcome.ts';
import { type FileSendOutput, fileSendMachine } from '../transfer/file-send.ts';
import { unclaimed, whenCancelled } from './cancel.ts';
import { type PackEvent, partCrashed, partEnded, type SendSlot, stopSends } from './send-slots.ts';
import type { Comparison, ServeContext, ServeEvent, ServeInput, ServeOutput } from './serve-types.ts';
import { isInStep, NOTHING } from './serve-types.ts';
import { isTimeout, isTroubleOfAFile } from './set-parts.ts';
import { acknowledge, refuse } from './shared-actions.ts';

export type { Comparison, ServeEvent, ServeInput, ServeOutput } from './serve-types.ts';

const partOf = (event: ServeEvent) => {
  if (event.type !== 'set.part') throw new Error(`no part in ${event.type}`);
  return event;
};
const concerns = (context: ServeContext, event: ServeEvent) =>
  'task' in event &&
  (event.task === null || event.task === context.task || event.task === context.workerTask);

const noteDifferences = [
  { type: 'keepComparison' as const, params: ({ event }: { event: { output: Comparison } }) => event.output },
  'logCheckFinished' as const,
  'logSyncStarting' as const,
];

/**
 * One integrity process on the master: takes a worker's metadata, compares, and sends what the worker needs. The
 * worker hears of every end. Specification: Integrity thread, stages 2 and 3.
 */
export const serveMachine = setup({
  types: {
    context: {} as ServeContext,
    input: {} as ServeInput,
    events: {} as ServeEvent,
    output: {} as ServeOutput,
    children: {} as Record<SendSlot, 'fileSend'> & { packing: 'packSet' },
  },
  actors: {
    /** Owns the plan and the temporary files of this task; its end frees them. */
    workspace: callbackNotProvided<{ type: 'none' }, { connectionId: number; task: string }>('workspace'),
    compare: promiseNotProvided<
      Comparison,
      { connectionId: number; task: string; file: string; limitBytes: number }
    >('compare'),
    tellInStep: promiseNotProvided<void, { connectionId: number; task: string }>('tellInStep'),
    makePackage: promiseNotProvided<void, { connectionId: number; task: string }>('makePackage'),
    announce: promiseNotProvided<
      { task: string },
      { connectionId: number; task: string; comparison: Comparison }
    >('announce'),
    packSet: callbackNotProvided<PackEvent, { connectionId: number; task: string }>('packSet'),
    fileSend: fileSendMachine,
    finish: promiseNotProvided<void, { connectionId: number; task: string; manifest: string }>('finish'),
    tellFailure: promiseNotProvided<void, { connectionId: number; task: string | null; failure: Failure }>(
      'tellFailure',
    ),
  },
  actions: {
    replyTask: (_, _params: { connectionId: number; counter: number; task: string }) =>
      actionNotProvided('replyTask')(),
    acknowledge: (_, _params: { connectionId: number; counter: number }) =>
      actionNotProvided('acknowledge')(),
    refuse: (_, _params: { connectionId: number; counter: number }) => actionNotProvided('refuse')(),
    handBackCancel: sendParent(({ event }) => unclaimed(event)),
    keepComparison: assign({ comparison: (_, comparison: Comparison) => comparison }),
    keepWorkerTask: assign({ workerTask: (_, task: string) => task }),
    keepMetadata: assign({ metadata: (_, file: string) => file }),
    keepSent: assign({
      manifest: (_, sent: { manifest: string; sendingMs: number }) => sent.manifest,
      sendingMs: (_, sent: { manifest: string; sendingMs: number }) => sent.sendingMs,
    }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    addSent: assign({ sentBytes: ({ context }, newBytes: number) => context.sentBytes + newBytes }),
    sendPart: spawnChild('fileSend', {
      id: ({ event }) => partOf(event).slot,
      input: ({ context, event }) => ({ connectionId: context.connectionId, ...partOf(event).file }),
    }),
    dropSlot: stopChild((_, slot: SendSlot) => slot),
    tellSent: sendTo('packing', (_, slot: SendSlot) => ({ type: 'part.sent', slot })),
    tellFailed: sendTo('packing', (_, part: { slot: SendSlot; failure: Failure }) => ({
      type: 'part.failed',
      ...part,
    })),
    logCheckStarting: actionNotProvided('logCheckStarting'),
    logCheckFinished: actionNotProvided('logCheckFinished'),
    logSyncStarting: actionNotProvided('logSyncStarting'),
    logSyncFinished: actionNotProvided('logSyncFinished'),
    logCancelled: actionNotProvided('logCancelled'),
    /** A worker that keeps what has come of its package until it hears of its end hears of it. */
    tellUnfinished: actionNotProvided('tellUnfinished'),
    logUntold: actionNotProvided('logUntold'),
    logFailed: actionNotProvided('logFailed'),
  },
  guards: {
    isThisTask: ({ context, event }) => 'task' in event && event.task === context.task,
    concernsThisTask: ({ context, event }) => concerns(context, event),
    /** Only a time-out says that the package was too much for the worker. */
    isTimeoutOfThisTask: ({ context, event }) =>
      event.type === 'rx.cancel_task' && isTimeout(event.error) && concerns(context, event),
    isInStep: (_, comparison: Comparison) => isInStep(comparison),
    /** Whoever gets everything in one file waits for it from the announcement on: it has to be there by then. */
    isOneFile: ({ context }) => context.isWazuh4,
    wasSent: (_, output: FileSendOutput) => output.outcome === 'done',
    /** Other programs may change a file while it travels: that need not end the round. */
    hasTroubleOfAFile: (_, { outcome, failure }: FileSendOutput) =>
      outcome === 'failed' && failure !== null && isTroubleOfAFile(failure),
  },
  delays: { receiveTimeout: ({ context }) => context.receiveTimeoutMs },
}).createMachine({
  id: 'integrityServe',
  context: ({ input }) => ({
    ...input,
    comparison: null,
    metadata: null,
    workerTask: null,
    manifest: null,
    sentBytes: 0,
    sendingMs: 0,
    failure: null,
  }),
  output: ({ context, event }) => ({
    outcome: outcomeOf<ServeOutput['outcome']>(event),
    comparison: context.comparison,
    sentBytes: context.sentBytes,
    sendingMs: context.sendingMs,
    failure: context.failure,
  }),
  invoke: {
    id: 'workspace',
    src: 'workspace',
    input: ({ context: { connectionId, task } }) => ({ connectionId, task }),
  },
  initial: 'awaitingMetadata',
  on: {
    'rx.*': { actions: refuse },
    'rx.cancel_task': [
      { guard: 'concernsThisTask', actions: refuse },
      // Which tasks are this one's is known here alone: the worker has named it, too.
      { actions: 'handBackCancel' },
    ],
    'rx.syn_i_w_m_r': {
      target: '.failed',
      actions: [acknowledge, { type: 'keepFailure', params: ({ event }) => event.error }, 'logFailed'],
    },
    'permission.expired': {
      target: '.failing',
      actions: [failWith(3120, 'the process ran for too long'), ...stopSends],
    },
  },
  states: {
    awaitingMetadata: {
      entry: [
        {
          type: 'replyTask',
          params: ({ context: { connectionId, counter, task } }) => ({ connectionId, counter, task }),
        },
        'logCheckStarting',
      ],
      on: {
        'rx.syn_i_w_m_e': {
          guard: 'isThisTask',
          target: 'comparing',
          actions: [acknowledge, { type: 'keepMetadata', params: ({ event }) => event.file }],
        },
      },
      after: {
        receiveTimeout: {
          target: 'failing',
          actions: failWith(3039, 'the metadata of the worker did not arrive'),
        },
      },
    },
    comparing: {
      invoke: {
        id: 'compare',
        src: 'compare',
        input: ({ context }) => ({
          connectionId: context.connectionId,
          task: context.task,
          file: context.metadata ?? '',
          limitBytes: context.limitBytes,
        }),
        onDone: [
          {
            guard: { type: 'isInStep', params: ({ event }) => event.output },
            target: 'tellingInStep',
            actions: { type: 'keepComparison', params: ({ event }) => event.output },
          },
          { guard: 'isOneFile', target: 'makingPackage', actions: noteDifferences },
          { target: 'announcing', actions: noteDifferences },
        ],
        onError: { target: 'failing', actions: keepError },
      },
    },
    tellingInStep: {
      invoke: {
        id: 'tellInStep',
        src: 'tellInStep',
        input: ({ context: { connectionId, task } }) => ({ connectionId, task }),
        onDone: { target: 'inStep', actions: 'logCheckFinished' },
        onError: { target: 'failed', actions: [keepError, 'logFailed'] },
      },
    },
    makingPackage: {
      invoke: {
        id: 'makePackage',
        src: 'makePackage',
        input: ({ context: { connectionId, task } }) => ({ connectionId, task }),
        onDone: 'announcing',
        onError: { target: 'failing', actions: keepError },
      },
    },
    announcing: {
      invoke: {
        id: 'announce',
        src: 'announce',
        input: ({ context: { connectionId, task, comparison } }) => ({
          connectionId,
          task,
          comparison: comparison ?? NOTHING,
        }),
        onDone: {
          target: 'sending',
          actions: { type: 'keepWorkerTask', params: ({ event }) => event.output.task },
        },
        onError: { target: 'failing', actions: keepError },
      },
    },
    sending: {
      invoke: {
        id: 'packing',
        src: 'packSet',
        input: ({ context: { connectionId, task } }) => ({ connectionId, task }),
        onError: { target: 'failing', actions: [keepError, ...stopSends] },
      },
      on: {
        'set.part': { actions: 'sendPart' },
        'outgoing.progress': { actions: { type: 'addSent', params: ({ event }) => event.newBytes } },
        'set.sent': {
          target: 'finishing',
          actions: { type: 'keepSent', params: ({ event }) => event },
        },
        'set.failed': {
          target: 'failing',
          actions: [{ type: 'keepFailure', params: ({ event }) => event.failure }, ...stopSends],
        },
        'xstate.done.actor.send0': partEnded('send0'),
        'xstate.done.actor.send1': partEnded('send1'),
        'xstate.done.actor.send2': partEnded('send2'),
        'xstate.error.actor.send0': partCrashed,
        'xstate.error.actor.send1': partCrashed,
        'xstate.error.actor.send2': partCrashed,
        'rx.cancel_task': whenCancelled,
      },
    },
    finishing: {
      // Whoever waits too long says so whether the last piece has just arrived or not.
      on: { 'rx.cancel_task': whenCancelled },
      invoke: {
        id: 'finish',
        src: 'finish',
        input: ({ context: { connectionId, workerTask, manifest } }) => ({
          connectionId,
          task: workerTask ?? '',
          manifest: manifest ?? '',
        }),
        onDone: { target: 'sent', actions: 'logSyncFinished' },
        onError: { target: 'failed', actions: [keepError, 'logFailed'] },
      },
    },
    failing: {
      entry: 'logFailed',
      // The first reason is the one that counts.
      on: { 'permission.expired': {}, 'rx.syn_i_w_m_r': { actions: acknowledge } },
      invoke: {
        id: 'tellFailure',
        src: 'tellFailure',
        input: ({ context: { connectionId, workerTask, failure } }) => ({
          connectionId,
          task: workerTask,
          failure: failure ?? UNKNOWN,
        }),
        onDone: 'failed',
        onError: { target: 'failed', actions: 'logUntold' },
      },
    },
    inStep: { type: 'final', output: { outcome: 'in-step' } },
    sent: { type: 'final', output: { outcome: 'sent' } },
    timedOut: { type: 'final', output: { outcome: 'timed-out' } },
    failed: { type: 'final', output: { outcome: 'failed' } },
  },
});
