import { assign, forwardTo, setup } from 'xstate';
import { type Failure, UNKNOWN } from '../failure.ts';
import { keepError } from '../keep-failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';
import { outcomeOf } from '../outcome.ts';
import { type FileSendInput, type FileSendOutput, fileSendMachine } from '../transfer/file-send.ts';
import { type ApplyOutput, type ApplyReport, applyMachine } from './apply.ts';
import type {
  BegunCheck,
  CheckContext,
  CheckEvent,
  CheckInput,
  CheckOutput,
  PermissionReply,
} from './check-types.ts';
import { applyTask, type EndOfSetEvent, isThankedAtOnce, pastEnd, tooEarly } from './end-of-set.ts';
import { failedAlone, failedBefore, noVerdict } from './failed-check.ts';
import type { ScanSummary } from './local-integrity.ts';
import { acknowledge, refuse } from './shared-actions.ts';

export type { BegunCheck, CheckInput, CheckOutput, PermissionReply } from './check-types.ts';

/**
 * One integrity round of a worker: asks, shows what it has, and takes what the master sends. A round with nothing to
 * do costs one request. Specification: Integrity thread; Integrity synchronization process, steps 1 to 4.
 */
export const checkMachine = setup({
  types: {
    context: {} as CheckContext,
    input: {} as CheckInput,
    events: {} as CheckEvent,
    output: {} as CheckOutput,
  },
  actors: {
    scan: promiseNotProvided<ScanSummary, undefined>('scan'),
    askPermission: promiseNotProvided<PermissionReply, { connectionId: number; digest: string }>(
      'askPermission',
    ),
    begin: promiseNotProvided<BegunCheck, { connectionId: number }>('begin'),
    writeMetadata: promiseNotProvided<Omit<FileSendInput, 'connectionId'>, { task: string }>('writeMetadata'),
    fileSend: fileSendMachine,
    endMetadata: promiseNotProvided<void, { connectionId: number; task: string; file: string }>(
      'endMetadata',
    ),
    apply: applyMachine,
    reportFailure: promiseNotProvided<void, { connectionId: number; task: string | null; failure: Failure }>(
      'reportFailure',
    ),
  },
  actions: {
    refuse: (_, _params: { connectionId: number; counter: number }) => actionNotProvided('refuse')(),
    acknowledge: (_, _params: { connectionId: number; counter: number }) =>
      actionNotProvided('acknowledge')(),
    keepScan: assign({
      digest: (_, scan: ScanSummary) => scan.digest,
      fileCount: (_, scan: ScanSummary) => scan.fileCount,
    }),
    keepBegun: assign((_, { task, packsFirst }: BegunCheck) => ({ task, packsFirst })),
    keepMetadata: assign({ metadata: (_, metadata: Omit<FileSendInput, 'connectionId'>) => metadata }),
    keepCounter: assign({ counter: (_, counter: number) => counter }),
    keepReport: assign({ report: (_, report: ApplyReport | null) => report }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    keepRemoteFailure: assign({
      failure: ({ event }) => (event.type === 'rx.syn_m_c_e' ? event.error : null) ?? tooEarly,
    }),
    noteStart: actionNotProvided('noteStart'),
    relay: forwardTo('apply'),
    logStarting: actionNotProvided('logStarting'),
    logRefused: actionNotProvided('logRefused'),
    logInStep: actionNotProvided('logInStep'),
    logSyncRequired: actionNotProvided('logSyncRequired'),
    noteFailed: actionNotProvided('noteFailed'),
    logFailed: actionNotProvided('logFailed'),
    logUnreported: actionNotProvided('logUnreported'),
  },
  guards: {
    packsFirst: ({ context }) => context.packsFirst,
    isInStep: (_, reply: PermissionReply) => reply.inStep,
    isGranted: (_, reply: PermissionReply) => reply.granted,
    isThisTask: ({ context, event }) => 'task' in event && event.task === context.task,
    isThankedAtOnce: ({ context }, end: EndOfSetEvent) => isThankedAtOnce(applyTask(context), end),
    wasSent: (_, output: FileSendOutput) => output.outcome === 'done',
    wasApplied: (_, output: ApplyOutput) => output.outcome === 'done',
  },
  delays: {
    receiveTimeout: ({ context }) => context.receiveTimeoutMs,
    packTimeout: ({ context }) => context.packTimeoutMs,
  },
}).createMachine({
  id: 'integrityCheck',
  context: ({ input }) => ({
    ...input,
    digest: null,
    fileCount: 0,
    task: null,
    packsFirst: false,
    metadata: null,
    counter: 0,
    report: null,
    failure: null,
  }),
  output: ({ context, event }) => {
    const outcome = outcomeOf<CheckOutput['outcome']>(event);
    const { digest, fileCount, report, failure } = context;
    return {
      outcome,
      // What this round left out is fetched soon, not after a whole period.
      succeeded: outcome === 'in-step' || (outcome === 'synced' && report?.deferred === 0),
      gotOn: report !== null && report.created + report.updated + report.deleted > 0,
      digest,
      fileCount,
      report,
      failure,
    };
  },
  on: { 'rx.*': { actions: refuse } },
  initial: 'opening',
  states: {
    opening: {
      initial: 'scanning',
      on: { 'xstate.error.actor.scan': failedAlone, 'xstate.error.actor.askPermission': failedAlone },
      states: {
        scanning: {
          entry: 'noteStart',
          invoke: {
            id: 'scan',
            src: 'scan',
            onDone: { target: 'asking', actions: { type: 'keepScan', params: ({ event }) => event.output } },
          },
        },
        asking: {
          invoke: {
            id: 'askPermission',
            src: 'askPermission',
            input: ({ context: { connectionId, digest } }) => ({ connectionId, digest: digest ?? '' }),
            onDone: [
              {
                guard: { type: 'isInStep', params: ({ event }) => event.output },
                target: '#integrityCheck.inStep',
                actions: 'logInStep',
              },
              {
                guard: { type: 'isGranted', params: ({ event }) => event.output },
                target: '#integrityCheck.showing',
              },
              { target: '#integrityCheck.refused', actions: 'logRefused' },
            ],
          },
        },
      },
    },
    showing: {
      initial: 'beginning',
      on: {
        'rx.syn_m_c_e': { target: 'failed', actions: [acknowledge, 'keepRemoteFailure', 'logFailed'] },
        'xstate.error.actor.begin': failedBefore,
        'xstate.error.actor.writeMetadata': failedBefore,
        'xstate.error.actor.fileSend': failedBefore,
        'xstate.error.actor.endMetadata': failedBefore,
      },
      states: {
        beginning: {
          entry: 'logStarting',
          invoke: {
            id: 'begin',
            src: 'begin',
            input: ({ context: { connectionId } }) => ({ connectionId }),
            onDone: {
              target: 'writingMetadata',
              actions: { type: 'keepBegun', params: ({ event }) => event.output },
            },
          },
        },
        writingMetadata: {
          invoke: {
            id: 'writeMetadata',
            src: 'writeMetadata',
            input: ({ context: { task } }) => ({ task: task ?? '' }),
            onDone: {
              target: 'sendingMetadata',
              actions: { type: 'keepMetadata', params: ({ event }) => event.output },
            },
          },
        },
        sendingMetadata: {
          invoke: {
            id: 'fileSend',
            src: 'fileSend',
            input: ({ context: { connectionId, metadata } }) => {
              if (metadata === null) throw new Error('no metadata was written');
              return { connectionId, ...metadata };
            },
            onDone: [
              { guard: { type: 'wasSent', params: ({ event }) => event.output }, target: 'awaitingVerdict' },
              {
                target: '#integrityCheck.reporting',
                actions: [
                  {
                    type: 'keepFailure',
                    params: ({ event }) =>
                      event.output.failure ?? { code: 3120, message: 'the transfer was cancelled' },
                  },
                  'logFailed',
                ],
              },
            ],
          },
        },
        // The verdict may overtake the reply to our own last request.
        awaitingVerdict: {
          initial: 'telling',
          on: {
            'rx.syn_m_c_ok': {
              guard: 'isThisTask',
              target: '#integrityCheck.inStep',
              actions: [acknowledge, 'logInStep'],
            },
            'rx.syn_m_c': {
              guard: 'isThisTask',
              target: '#integrityCheck.applying',
              actions: [{ type: 'keepCounter', params: ({ event }) => event.counter }, 'logSyncRequired'],
            },
          },
          states: {
            telling: {
              invoke: {
                id: 'endMetadata',
                src: 'endMetadata',
                input: ({ context: { connectionId, task, metadata } }) => ({
                  connectionId,
                  task: task ?? '',
                  file: metadata?.name ?? '',
                }),
                onDone: [{ guard: 'packsFirst', target: 'waitingForPackage' }, { target: 'waiting' }],
              },
            },
            waiting: { after: { receiveTimeout: noVerdict } },
            // Until all is packed there is nothing to hear, and of a large set that takes its time.
            waitingForPackage: { after: { packTimeout: noVerdict } },
          },
        },
      },
    },
    applying: {
      invoke: {
        id: 'apply',
        src: 'apply',
        input: ({ context }) => ({
          connectionId: context.connectionId,
          counter: context.counter,
          masterTask: context.task ?? '',
          task: applyTask(context),
          receiveTimeoutMs: context.receiveTimeoutMs,
        }),
        onDone: [
          {
            guard: { type: 'wasApplied', params: ({ event }) => event.output },
            target: 'synced',
            actions: { type: 'keepReport', params: ({ event }) => event.output.report },
          },
          {
            target: 'reporting',
            // What went wrong is in the log already: the process that ends here has told it.
            actions: [
              { type: 'keepFailure', params: ({ event }) => event.output.failure ?? UNKNOWN },
              'noteFailed',
            ],
          },
        ],
        onError: { target: 'reporting', actions: [keepError, 'logFailed'] },
      },
      on: {
        'rx.syn_m_c_e': { actions: 'relay' },
        'transfer.*': { actions: 'relay' },
      },
    },
    reporting: {
      // The process that it is about has ended, and a master that waits for no outcome cannot know.
      on: { 'rx.syn_m_c_e': pastEnd },
      invoke: {
        id: 'reportFailure',
        src: 'reportFailure',
        input: ({ context: { connectionId, task, failure } }) => ({
          connectionId,
          task,
          failure: failure ?? UNKNOWN,
        }),
        onDone: 'failed',
        onError: { target: 'failed', actions: 'logUnreported' },
      },
    },
    inStep: { type: 'final', output: { outcome: 'in-step' } },
    refused: { type: 'final', output: { outcome: 'refused' } },
    synced: { type: 'final', output: { outcome: 'synced' } },
    failed: { type: 'final', output: { outcome: 'failed' } },
  },
});
