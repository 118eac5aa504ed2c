import { assign, setup } from 'xstate';
import type { PostedString } from '../agent-info/batch.ts';
import { type Failure, UNKNOWN } from '../failure.ts';
import { keepError } from '../keep-failure.ts';
import { actionNotProvided, callbackNotProvided, promiseNotProvided } from '../not-provided.ts';
import { outcomeOf } from '../outcome.ts';
import { type StringSendOutput, stringSendMachine } from '../transfer/string-send.ts';
import type { DifferingAgents, GroupsReport } from './report.ts';

/** `full`: everything that the store has. `difference`: what changed after one version, up to another. */
export type GroupsKind = 'difference' | 'full';

export interface GroupsSendInput {
  connectionId: number;
  kind: GroupsKind;
  /** The last version that the worker is known to have; 0 if that is not known. */
  sinceVersion: number;
  /** The version that it is to have afterwards. */
  version: number;
  /** How long to wait for the worker's answer; longer than the worker gives its store. */
  answerTimeoutMs: number;
}

/** What is to be sent. Its bytes stay with the effect. */
export interface GroupsPrepared {
  /** How many strings it takes; at least one. */
  strings: number;
  agents: number;
  chunks: number;
  /** False if a worker may lack more than what is in it: what led to this version is not remembered. */
  isComplete: boolean;
}

/** What the worker said of a task, whichever command it came by: how it went, or why it failed. */
export type GroupsAnswer = { task: string } & (
  | { report: GroupsReport; failure: null }
  | { report: null; failure: Failure }
);

interface GroupsSendContext extends GroupsSendInput {
  prepared: GroupsPrepared | null;
  posted: PostedString | null;
  /** How the command refers to the strings that have arrived. */
  handles: readonly number[];
  /** The worker's process, as it named it when it was told to store the string. */
  task: string | null;
  /** The last one that came. It is this process's only if its task is. */
  answer: GroupsAnswer | null;
  failure: Failure | null;
}

export interface GroupsSendOutput {
  /** `incomplete`: the worker could not write some of it. */
  outcome: 'stored' | 'incomplete' | 'failed';
  /** What the worker said of its checksum; null if it said nothing. */
  matches: boolean | null;
  /** Where the worker's groups are not those of a full copy; null if it did not tell. */
  differing: DifferingAgents | null;
  /** Whether what was sent was all that the worker can have lacked. */
  wasComplete: boolean;
  failure: Failure | null;
}

export type GroupsSendEvent = { type: 'worker.answered' } & GroupsAnswer;

/** The answer may overtake the reply that names its task, so it is kept by both states that wait. */
const keepAnswer = {
  actions: {
    type: 'keepAnswer' as const,
    params: ({ event: { type: _, ...answer } }: { event: GroupsSendEvent }): GroupsAnswer => answer,
  },
};
const ownAnswer = ({ answer, task }: GroupsSendContext) => (answer?.task === task ? answer : null);

/**
 * The master sends agent-groups to one worker, once: those that changed, or all. Specification: Agent groups send thread,
 * stages 1 and 5.
 *
 * An answer counts if it names the task of this process. Another one is of a process that was given up: what it says of
 * its version is not said of this one.
 *
 * Provided by src/node:
 * - `workspace` keeps what is to be sent, by connection. Its end drops it, and withdraws the strings that have arrived if
 *   the command that names them was not sent.
 * - `prepare` packs agents and a checksum into the workspace, in as many strings as it takes; workers that need the same
 *   share them. A difference is what the versions after `sinceVersion` up to `version` have, each agent once as it was
 *   collected last, and the checksum of `version`. If these versions are not all remembered it has no agents, only the
 *   checksum: what is older shows there. A full copy is read from the store, with the checksum at its end.
 * - `post` puts the next string into the outbox.
 * - `announce` is `syn_g_m_w`, for a full copy `syn_g_m_w_c`. It resolves to the task that the reply names.
 * - The log says by `kind` whether it is about "Agent-groups send" or "Agent-groups send full".
 */
export const groupsSendMachine = setup({
  types: {
    context: {} as GroupsSendContext,
    input: {} as GroupsSendInput,
    events: {} as GroupsSendEvent,
    output: {} as GroupsSendOutput,
  },
  actors: {
    workspace: callbackNotProvided<{ type: 'none' }, { connectionId: number }>('workspace'),
    prepare: promiseNotProvided<
      GroupsPrepared,
      Pick<GroupsSendInput, 'connectionId' | 'kind' | 'sinceVersion' | 'version'>
    >('prepare'),
    post: promiseNotProvided<PostedString, { connectionId: number; handles: readonly number[] }>('post'),
    stringSend: stringSendMachine,
    announce: promiseNotProvided<
      { task: string },
      { connectionId: number; kind: GroupsKind; handles: readonly number[] }
    >('announce'),
  },
  actions: {
    keepPrepared: assign({ prepared: (_, prepared: GroupsPrepared) => prepared }),
    keepPosted: assign({ posted: (_, posted: PostedString) => posted }),
    keepHandle: assign({
      handles: ({ context }, output: StringSendOutput) => [...context.handles, output.handle ?? 0],
    }),
    keepTask: assign({ task: (_, task: string) => task }),
    keepAnswer: assign({ answer: (_, answer: GroupsAnswer) => answer }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    logStarting: actionNotProvided('logStarting'),
    logFinished: actionNotProvided('logFinished'),
    logIncomplete: actionNotProvided('logIncomplete'),
    logFailed: actionNotProvided('logFailed'),
  },
  guards: {
    wasSent: (_, output: StringSendOutput) => output.outcome === 'done',
    wasLastSent: ({ context: { prepared, handles } }, output: StringSendOutput) =>
      output.outcome === 'done' && handles.length + 1 >= (prepared?.strings ?? 0),
    saysFailed: ({ context }) => (ownAnswer(context)?.failure ?? null) !== null,
    hasErrors: ({ context }) => (ownAnswer(context)?.report?.errors.length ?? 0) > 0,
    isAnswered: ({ context }) => ownAnswer(context) !== null,
  },
  delays: { answerTimeout: ({ context }) => context.answerTimeoutMs },
}).createMachine({
  id: 'groupsSend',
  context: ({ input }) => ({
    ...input,
    prepared: null,
    posted: null,
    handles: [],
    task: null,
    answer: null,
    failure: null,
  }),
  output: ({ context, event }) => ({
    outcome: outcomeOf<GroupsSendOutput['outcome']>(event),
    matches: ownAnswer(context)?.report?.matches ?? null,
    differing: ownAnswer(context)?.report?.differing ?? null,
    wasComplete: context.prepared?.isComplete ?? true,
    failure: context.failure,
  }),
  entry: 'logStarting',
  invoke: {
    id: 'workspace',
    src: 'workspace',
    input: ({ context: { connectionId } }) => ({ connectionId }),
  },
  initial: 'preparing',
  states: {
    preparing: {
      invoke: {
        id: 'prepare',
        src: 'prepare',
        input: ({ context: { connectionId, kind, sinceVersion, version } }) => ({
          connectionId,
          kind,
          sinceVersion,
          version,
        }),
        onDone: { target: 'posting', actions: { type: 'keepPrepared', params: ({ event }) => event.output } },
        onError: { target: 'failed', actions: keepError },
      },
    },
    posting: {
      invoke: {
        id: 'post',
        src: 'post',
        input: ({ context: { connectionId, handles } }) => ({ connectionId, handles }),
        onDone: { target: 'sending', actions: { type: 'keepPosted', params: ({ event }) => event.output } },
        onError: { target: 'failed', actions: keepError },
      },
    },
    sending: {
      invoke: {
        id: 'stringSend',
        src: 'stringSend',
        input: ({ context: { connectionId, posted } }) => {
          if (posted === null) throw new Error('nothing was posted');
          return { connectionId, ...posted };
        },
        onDone: [
          {
            guard: { type: 'wasLastSent', params: ({ event }) => event.output },
            target: 'announcing',
            actions: { type: 'keepHandle', params: ({ event }) => event.output },
          },
          {
            guard: { type: 'wasSent', params: ({ event }) => event.output },
            target: 'posting',
            actions: { type: 'keepHandle', params: ({ event }) => event.output },
          },
          {
            target: 'failed',
            actions: {
              type: 'keepFailure',
              params: ({ event }) =>
                event.output.failure ?? { code: 3120, message: 'the transfer was cancelled' },
            },
          },
        ],
        onError: { target: 'failed', actions: keepError },
      },
    },
    announcing: {
      invoke: {
        id: 'announce',
        src: 'announce',
        input: ({ context: { connectionId, kind, handles } }) => ({ connectionId, kind, handles }),
        onDone: {
          target: 'awaitingAnswer',
          actions: { type: 'keepTask', params: ({ event }) => event.output.task },
        },
        onError: { target: 'failed', actions: keepError },
      },
      on: { 'worker.answered': keepAnswer },
    },
    awaitingAnswer: {
      always: [
        {
          guard: 'saysFailed',
          target: 'failed',
          actions: { type: 'keepFailure', params: ({ context }) => context.answer?.failure ?? UNKNOWN },
        },
        { guard: 'hasErrors', target: 'incomplete' },
        { guard: 'isAnswered', target: 'stored' },
      ],
      on: { 'worker.answered': keepAnswer },
      after: {
        answerTimeout: {
          target: 'failed',
          actions: {
            type: 'keepFailure',
            params: { code: 3020, message: 'the worker did not say what became of the agent-groups' },
          },
        },
      },
    },
    stored: { type: 'final', entry: 'logFinished', output: { outcome: 'stored' } },
    incomplete: { type: 'final', entry: 'logIncomplete', output: { outcome: 'incomplete' } },
    failed: { type: 'final', entry: 'logFailed', output: { outcome: 'failed' } },
  },
});
