import { assign, sendTo, setup } from 'xstate';
import { type Failure, failureOf, UNKNOWN } from '../failure.ts';
import { keepError } from '../keep-failure.ts';
import { actionNotProvided, callbackNotProvided, promiseNotProvided } from '../not-provided.ts';
import { outcomeOf } from '../outcome.ts';
import { isSentFile } from '../transfer/sent-file.ts';
import { type EndOfSetEvent, isThankedAtOnce, pastEnd, theEnd } from './end-of-set.ts';
import { isPart, isTroubleOfAFile } from './set-parts.ts';
import { acknowledge } from './shared-actions.ts';

export interface ApplyInput {
  connectionId: number;
  /** Counter of the `syn_m_c` that announced the files: its reply carries `task`. */
  counter: number;
  masterTask: string;
  task: string;
  /** How long to wait for the next sign of progress. */
  receiveTimeoutMs: number;
}

/** How many files a sync changed; the names are in the log at level debug. */
export interface ApplyReport {
  created: number;
  updated: number;
  deleted: number;
  /** Files that are left to the next round. */
  deferred: number;
}

interface ApplyContext extends ApplyInput {
  manifest: string | null;
  /** Counter of a `syn_m_c_e` that is answered when the set is in place, or is known not to be. */
  endCounter: number | null;
  report: ApplyReport | null;
  failure: Failure | null;
}

export interface ApplyOutput {
  outcome: 'done' | 'failed';
  report: ApplyReport | null;
  failure: Failure | null;
}

export type ApplyEvent =
  | EndOfSetEvent
  | { type: 'transfer.received'; name: string; file: string; sizeBytes: number }
  | { type: 'transfer.progress' }
  | { type: 'transfer.failed'; name: string; failure: Failure }
  | { type: 'stage.settled' }
  | { type: 'stage.failed'; failure: Failure };

/** What the staging effect hears: files as they arrive, what goes wrong outside of it, then that no more will come. */
export type StagingEvent =
  | { type: 'stage.trouble'; failure: Failure }
  | { type: 'stage'; name: string; file: string }
  | { type: 'stage.settle'; manifest: string };

/** Where the answer to `syn_m_c_e` goes, and why it is no good one. */
interface EndAnswer {
  connectionId: number;
  counter: number;
  failure: Failure | null;
}
const endAnswer = ({ context }: { context: ApplyContext }): EndAnswer => ({
  connectionId: context.connectionId,
  counter: context.endCounter ?? 0,
  failure: context.failure,
});
const acknowledgeEnd = { type: 'acknowledgeEnd' as const, params: endAnswer };
const isWhole = ({ task }: ApplyContext, end: EndOfSetEvent): boolean =>
  end.task === task && end.error === null && end.file !== null;
const keepManifest = {
  type: 'keepManifest' as const,
  params: ({ event }: { event: EndOfSetEvent }) => event.file ?? '',
};
const keepReport = {
  type: 'keepReport' as const,
  params: ({ event }: { event: { output: ApplyReport } }) => event.output,
};
const notInPlace = [
  keepError,
  {
    type: 'tellTrouble' as const,
    params: ({ event }: { event: { error: unknown } }) => failureOf(event.error),
  },
] as const;
const ofSendFile = {
  type: 'isOfSendFile' as const,
  params: ({ event }: { event: { name: string } }) => event.name,
};
const refuseEnd = { type: 'refuseEnd' as const, params: endAnswer };
const keepStageFailure = {
  type: 'keepFailure' as const,
  params: ({ event }: { event: { failure: Failure } }) => event.failure,
};
/** All of the set was said to have come, so that there is nothing left to cancel. */
const notStaged = [
  // The answer to the end tells the master as well: it waits for no more than that.
  {
    guard: 'isAnswerAwaited' as const,
    target: 'failed' as const,
    actions: [keepStageFailure, refuseEnd, 'logFailed' as const],
  },
  // The round that this sync is of tells it.
  { target: 'failed' as const, actions: [keepStageFailure, 'logFailed' as const] },
];

/**
 * One integrity sync on a worker: takes the files as they arrive, verifies and stages them at once, and applies all of
 * them or none. Specification: Integrity thread, stage 4; Integrity synchronization process, steps 5 to 7.
 */
export const applyMachine = setup({
  types: {
    context: {} as ApplyContext,
    input: {} as ApplyInput,
    events: {} as ApplyEvent,
    output: {} as ApplyOutput,
  },
  actors: {
    /** Owns the staging directory of this task; its end removes what was not applied. */
    staging: callbackNotProvided<StagingEvent, { task: string; masterTask: string }>('staging'),
    commit: promiseNotProvided<ApplyReport, { task: string }>('commit'),
    cancelTask: promiseNotProvided<void, { connectionId: number; task: string; failure: Failure }>(
      'cancelTask',
    ),
  },
  actions: {
    replyTask: (_, _params: { connectionId: number; counter: number; task: string }) =>
      actionNotProvided('replyTask')(),
    refuse: (_, _params: { connectionId: number; counter: number }) => actionNotProvided('refuse')(),
    acknowledge: (_, _params: { connectionId: number; counter: number }) =>
      actionNotProvided('acknowledge')(),
    stage: sendTo('staging', ({ event }) => {
      if (event.type !== 'transfer.received') throw new Error(`nothing to stage in ${event.type}`);
      return { type: 'stage', name: event.name, file: event.file };
    }),
    /** A full disk may be full of what nobody wants any more. */
    tellTrouble: sendTo('staging', (_, failure: Failure) => ({ type: 'stage.trouble', failure })),
    settle: sendTo('staging', ({ context }) => ({ type: 'stage.settle', manifest: context.manifest ?? '' })),
    keepManifest: assign({ manifest: (_, file: string) => file }),
    keepEnd: assign({ endCounter: (_, counter: number) => counter }),
    acknowledgeEnd: (_, _params: EndAnswer) => actionNotProvided('acknowledgeEnd')(),
    /** Tells the master that the set is not in place. */
    refuseEnd: (_, _params: EndAnswer) => actionNotProvided('refuseEnd')(),
    keepReport: assign({ report: (_, report: ApplyReport) => report }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    logStarting: actionNotProvided('logStarting'),
    logNotReceived: actionNotProvided('logNotReceived'),
    logFinished: actionNotProvided('logFinished'),
    logFailed: actionNotProvided('logFailed'),
    logUncancelled: actionNotProvided('logUncancelled'),
  },
  guards: {
    /** Somebody sends a file meanwhile: that is none of the set's, whether it arrives or not. */
    isOfSendFile: (_, name: string) => isSentFile(name),
    isTroubleOfAPart: ({ event }) =>
      event.type === 'transfer.failed' && isPart(event.name) && isTroubleOfAFile(event.failure),
    /** The end of the set was said, and not answered. */
    isAnswerAwaited: ({ context }) => context.endCounter !== null,
    concernsThisTask: ({ context, event }) =>
      event.type === 'rx.syn_m_c_e' && (event.task === null || event.task === context.task),
    isComplete: ({ context }, end: EndOfSetEvent) => isWhole(context, end),
    isCompleteAndThankedAtOnce: ({ context }, end: EndOfSetEvent) =>
      isWhole(context, end) && isThankedAtOnce(context.task, end),
    isThankedAtOnce: ({ context }, end: EndOfSetEvent) => isThankedAtOnce(context.task, end),
  },
  delays: { receiveTimeout: ({ context }) => context.receiveTimeoutMs },
}).createMachine({
  id: 'integrityApply',
  context: ({ input }) => ({ ...input, manifest: null, endCounter: null, report: null, failure: null }),
  output: ({ context, event }) => ({
    outcome: outcomeOf<ApplyOutput['outcome']>(event),
    report: context.report,
    failure: context.failure,
  }),
  entry: [
    {
      type: 'replyTask',
      params: ({ context: { connectionId, counter, task } }) => ({ connectionId, counter, task }),
    },
    'logStarting',
  ],
  invoke: {
    id: 'staging',
    src: 'staging',
    input: ({ context: { task, masterTask } }) => ({ task, masterTask }),
  },
  initial: 'receiving',
  on: {
    'rx.syn_m_c_e': pastEnd,
  },
  states: {
    receiving: {
      on: {
        'stage.failed': { target: 'cancelling', actions: keepStageFailure },
        'transfer.received': [
          { guard: ofSendFile },
          { target: 'receiving', reenter: true, actions: 'stage' },
        ],
        'transfer.progress': { target: 'receiving', reenter: true },
        // The master hears of it too, and knows which files it is about: it goes on without them, or ends the sync.
        'transfer.failed': [
          { guard: ofSendFile },
          {
            guard: 'isTroubleOfAPart',
            target: 'receiving',
            reenter: true,
            actions: ['logNotReceived', { type: 'tellTrouble', params: ({ event }) => event.failure }],
          },
          {
            target: 'cancelling',
            actions: [
              { type: 'keepFailure', params: ({ event }) => event.failure },
              { type: 'tellTrouble', params: ({ event }) => event.failure },
            ],
          },
        ],
        'rx.syn_m_c_e': [
          {
            guard: { type: 'isCompleteAndThankedAtOnce', ...theEnd },
            target: 'settling',
            actions: [acknowledge, keepManifest],
          },
          {
            guard: { type: 'isComplete', ...theEnd },
            target: 'settling',
            actions: [keepManifest, { type: 'keepEnd', params: ({ event }) => event.counter }],
          },
          {
            guard: 'concernsThisTask',
            target: 'failed',
            actions: [
              acknowledge,
              {
                type: 'keepFailure',
                params: ({ event }) => event.error ?? { code: 3040, message: 'no manifest was named' },
              },
              'logFailed',
            ],
          },
        ],
      },
      after: {
        receiveTimeout: {
          target: 'cancelling',
          actions: {
            type: 'keepFailure',
            params: { code: 3039, message: 'no file of the master made progress' },
          },
        },
      },
    },
    settling: { entry: 'settle', on: { 'stage.settled': 'committing', 'stage.failed': notStaged } },
    committing: {
      on: { 'stage.failed': notStaged },
      invoke: {
        id: 'commit',
        src: 'commit',
        input: ({ context: { task } }) => ({ task }),
        onDone: [
          {
            guard: 'isAnswerAwaited',
            target: 'done',
            actions: [keepReport, acknowledgeEnd, 'logFinished'],
          },
          { target: 'done', actions: [keepReport, 'logFinished'] },
        ],
        onError: [
          { guard: 'isAnswerAwaited', target: 'failed', actions: [...notInPlace, refuseEnd, 'logFailed'] },
          { target: 'failed', actions: [...notInPlace, 'logFailed'] },
        ],
      },
    },
    // Of what fails now the staging tells too: the first reason is the one that counts.
    cancelling: {
      entry: 'logFailed',
      invoke: {
        id: 'cancelTask',
        src: 'cancelTask',
        input: ({ context: { connectionId, masterTask, failure } }) => ({
          connectionId,
          task: masterTask,
          failure: failure ?? UNKNOWN,
        }),
        onDone: 'failed',
        onError: { target: 'failed', actions: 'logUncancelled' },
      },
    },
    done: { type: 'final', output: { outcome: 'done' } },
    failed: { type: 'final', output: { outcome: 'failed' } },
  },
});
