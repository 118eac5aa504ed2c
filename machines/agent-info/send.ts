import { assign, setup } from 'xstate';
import type { Failure } from '../failure.ts';
import { keepError } from '../keep-failure.ts';
import { actionNotProvided, callbackNotProvided, promiseNotProvided } from '../not-provided.ts';
import { outcomeOf } from '../outcome.ts';
import { type StringSendOutput, stringSendMachine } from '../transfer/string-send.ts';
import { type AgentInfoBatch, NO_BATCH, type PostedString } from './batch.ts';
import type { AgentInfoReport, ChunkReport } from './chunk-report.ts';
import type {
  AgentInfoSendContext,
  AgentInfoSendEvent,
  AgentInfoSendInput,
  AgentInfoSendOutput,
} from './send-types.ts';

export type { AgentInfoSendEvent, AgentInfoSendInput, AgentInfoSendOutput } from './send-types.ts';

/** Errors of chunks that a round remembers for its log; their number is counted beyond that. */
export const MAX_KEPT_ERRORS = 10;

type Kept = { context: AgentInfoSendContext };
type Args = Kept & { event: { counter: number } };
const addressed = ({ context: { connectionId }, event: { counter } }: Args) => ({ connectionId, counter });
const onConnection = ({ context: { connectionId } }: Kept) => ({ connectionId });
const timedOut: Failure = { code: 3020, message: 'the master did not say what became of the agents' };
const cancelled: Failure = { code: 3120, message: 'the transfer was cancelled' };
const acknowledge = { type: 'acknowledge' as const, params: addressed };
const reportOf = ({ event }: { event: AgentInfoReport }): AgentInfoReport => ({
  updatedChunks: event.updatedChunks,
  errors: event.errors,
  wanted: event.wanted,
});
const failed = { target: 'failed', actions: keepError } as const;

/**
 * One agent-info round of a worker: everything that its store marks as unsynced goes to the master, in batches of
 * bounded size, by ascending id. Specification: Agent info thread, stages 1 to 3.
 *
 * - The store is read first and the master asked for permission second, so that a round that finds nothing sends
 *   nothing. Rows may change meanwhile; those are not confirmed, and come again.
 * - A row counts as synced when the master has said that all chunks of its batch are written, not before. A cut at any
 *   moment, also one that ends this machine with its connection, leaves the rows unsynced for the next round; the master
 *   then writes them twice, which changes nothing.
 * - The result names no chunk. A batch with errors is therefore read and sent again chunk by chunk: what is wrong with
 *   one agent keeps its own chunk unsynced, and no other.
 * - Where the master has an agent's profile the keepalive goes alone; what it wants as a whole comes with the next round.
 * - A result of an earlier process cannot be taken for this one's: the master sends it before it gives permission anew.
 *
 * Provided by src/node:
 * - `workspace` holds the rows of the batch, by connection; its end drops them, and what was posted and not sent.
 * - `read` reads at most `maxChunks` pages above `afterId` into the workspace, in place of what it held.
 * - `pack` posts the chunks of the workspace to the outbox, as the JSON of `syn_a_w_m`.
 * - `askPermission` is `syn_a_w_m_p`, `begin` is `syn_a_w_m`.
 * - `confirm` marks the rows of the workspace as synced, but only those that are as they were read, and none of `wanted`.
 * - `refuse` answers requests that this state has no use for. `logSending` comes with every batch, one of the others once
 *   a round; `logUnchanged` is worth no more than level debug.
 */
export const agentInfoSendMachine = setup({
  types: {
    context: {} as AgentInfoSendContext,
    input: {} as AgentInfoSendInput,
    events: {} as AgentInfoSendEvent,
    output: {} as AgentInfoSendOutput,
  },
  actors: {
    workspace: callbackNotProvided<{ type: 'none' }, { connectionId: number }>('workspace'),
    read: promiseNotProvided<AgentInfoBatch, { connectionId: number; afterId: number; maxChunks: number }>(
      'read',
    ),
    askPermission: promiseNotProvided<{ granted: boolean }, { connectionId: number }>('askPermission'),
    pack: promiseNotProvided<PostedString, { connectionId: number }>('pack'),
    stringSend: stringSendMachine,
    begin: promiseNotProvided<void, { connectionId: number; handle: number }>('begin'),
    confirm: promiseNotProvided<{ rows: number }, { connectionId: number; wanted: readonly number[] | null }>(
      'confirm',
    ),
  },
  actions: {
    acknowledge: (_, _params: { connectionId: number; counter: number }) =>
      actionNotProvided('acknowledge')(),
    refuse: (_, _params: { connectionId: number; counter: number }) => actionNotProvided('refuse')(),
    keepBatch: assign({ batch: (_, batch: AgentInfoBatch) => batch }),
    keepPosted: assign({ posted: (_, posted: PostedString) => posted }),
    keepHandle: assign({ handle: (_, output: StringSendOutput) => output.handle ?? 0 }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    keepTaken: assign({
      updatedChunks: ({ context }, report: AgentInfoReport) => context.updatedChunks + report.updatedChunks,
      wanted: (_, report: AgentInfoReport) => report.wanted,
    }),
    countConfirmed: assign({ confirmedRows: ({ context }, rows: number) => context.confirmedRows + rows }),
    countFailed: assign({
      failedChunks: ({ context }, _report: ChunkReport) => context.failedChunks + 1,
      errors: ({ context }, report: ChunkReport) =>
        [...context.errors, ...report.errors].slice(0, MAX_KEPT_ERRORS),
    }),
    narrow: assign({ maxChunks: 1 }),
    advance: assign({ afterId: ({ context }) => context.batch.lastId }),
    noteStart: actionNotProvided('noteStart'),
    logSending: actionNotProvided('logSending'),
    logUnchanged: actionNotProvided('logUnchanged'),
    logRefused: actionNotProvided('logRefused'),
    logNarrowed: actionNotProvided('logNarrowed'),
    logFinished: actionNotProvided('logFinished'),
    logIncomplete: actionNotProvided('logIncomplete'),
    logFailed: actionNotProvided('logFailed'),
  },
  guards: {
    isEmpty: (_, batch: AgentInfoBatch) => batch.rows === 0,
    isGranted: (_, reply: { granted: boolean }) => reply.granted,
    wasSent: (_, output: StringSendOutput) => output.outcome === 'done',
    isComplete: ({ context }, report: ChunkReport) =>
      report.errors.length === 0 && report.updatedChunks >= context.batch.chunks,
    hasSeveralChunks: ({ context }) => context.batch.chunks > 1,
    hasMore: ({ context }) => !context.batch.isLast,
    hasFailedChunks: ({ context }) => context.failedChunks > 0,
    hasUpdatedChunks: ({ context }) => context.updatedChunks > 0,
  },
  delays: { resultTimeout: ({ context }) => context.resultTimeoutMs },
}).createMachine({
  id: 'agentInfoSend',
  context: ({ input }) => ({
    ...input,
    afterId: 0,
    batch: NO_BATCH,
    posted: null,
    handle: 0,
    updatedChunks: 0,
    wanted: [],
    confirmedRows: 0,
    failedChunks: 0,
    errors: [],
    failure: null,
  }),
  output: ({ context, event }) => {
    const outcome = outcomeOf<AgentInfoSendOutput['outcome']>(event);
    const { updatedChunks, confirmedRows, failedChunks, errors, failure } = context;
    const succeeded = outcome === 'unchanged' || outcome === 'synced';
    return { outcome, succeeded, updatedChunks, confirmedRows, failedChunks, errors, failure };
  },
  entry: 'noteStart',
  invoke: {
    id: 'workspace',
    src: 'workspace',
    input: onConnection,
  },
  on: { 'rx.*': { actions: { type: 'refuse', params: addressed } } },
  initial: 'preparing',
  states: {
    preparing: {
      initial: 'reading',
      on: {
        'xstate.error.actor.read': failed,
        'xstate.error.actor.askPermission': failed,
        'xstate.error.actor.pack': failed,
        'xstate.error.actor.stringSend': failed,
      },
      states: {
        reading: {
          invoke: {
            id: 'read',
            src: 'read',
            input: ({ context: { connectionId, afterId, maxChunks } }) => ({
              connectionId,
              afterId,
              maxChunks,
            }),
            onDone: [
              {
                guard: { type: 'isEmpty', params: ({ event }) => event.output },
                target: '#agentInfoSend.concluding',
              },
              { target: 'asking', actions: { type: 'keepBatch', params: ({ event }) => event.output } },
            ],
          },
        },
        asking: {
          invoke: {
            id: 'askPermission',
            src: 'askPermission',
            input: onConnection,
            onDone: [
              { guard: { type: 'isGranted', params: ({ event }) => event.output }, target: 'packing' },
              { target: '#agentInfoSend.refused' },
            ],
          },
        },
        packing: {
          entry: 'logSending',
          invoke: {
            id: 'pack',
            src: 'pack',
            input: onConnection,
            onDone: {
              target: 'sending',
              actions: { type: 'keepPosted', params: ({ event }) => event.output },
            },
          },
        },
        sending: {
          invoke: {
            id: 'stringSend',
            src: 'stringSend',
            input: ({ context: { connectionId, posted } }) => {
              if (posted === null) throw new Error('nothing was packed');
              return { connectionId, ...posted };
            },
            onDone: [
              {
                guard: { type: 'wasSent', params: ({ event }) => event.output },
                target: '#agentInfoSend.awaitingResult',
                actions: { type: 'keepHandle', params: ({ event }) => event.output },
              },
              {
                target: '#agentInfoSend.failed',
                actions: { type: 'keepFailure', params: ({ event }) => event.output.failure ?? cancelled },
              },
            ],
          },
        },
      },
    },
    // The result may overtake the reply to `syn_a_w_m`.
    awaitingResult: {
      initial: 'beginning',
      on: {
        'rx.syn_m_a_e': [
          {
            guard: { type: 'isComplete', params: reportOf },
            target: 'confirming',
            actions: [acknowledge, { type: 'keepTaken', params: reportOf }],
          },
          {
            guard: 'hasSeveralChunks',
            target: 'preparing',
            actions: [acknowledge, 'narrow', 'logNarrowed'],
          },
          { target: 'advancing', actions: [acknowledge, { type: 'countFailed', params: reportOf }] },
        ],
        'xstate.error.actor.begin': failed,
        'rx.syn_m_a_err': {
          target: 'failed',
          actions: [acknowledge, { type: 'keepFailure', params: ({ event }) => event.error }],
        },
      },
      states: {
        beginning: {
          invoke: {
            id: 'begin',
            src: 'begin',
            input: ({ context: { connectionId, handle } }) => ({ connectionId, handle }),
            onDone: 'waiting',
          },
        },
        waiting: {
          after: {
            resultTimeout: {
              target: '#agentInfoSend.failed',
              actions: { type: 'keepFailure', params: timedOut },
            },
          },
        },
      },
    },
    confirming: {
      invoke: {
        id: 'confirm',
        src: 'confirm',
        input: ({ context: { connectionId, wanted } }) => ({ connectionId, wanted }),
        onDone: {
          target: 'advancing',
          actions: { type: 'countConfirmed', params: ({ event }) => event.output.rows },
        },
        onError: failed,
      },
    },
    advancing: {
      always: [{ guard: 'hasMore', target: 'preparing', actions: 'advance' }, { target: 'concluding' }],
    },
    concluding: {
      always: [
        { guard: 'hasFailedChunks', target: 'incomplete' },
        { guard: 'hasUpdatedChunks', target: 'synced' },
        { target: 'unchanged' },
      ],
    },
    unchanged: { type: 'final', entry: 'logUnchanged', output: { outcome: 'unchanged' } },
    synced: { type: 'final', entry: 'logFinished', output: { outcome: 'synced' } },
    incomplete: { type: 'final', entry: 'logIncomplete', output: { outcome: 'incomplete' } },
    refused: { type: 'final', entry: 'logRefused', output: { outcome: 'refused' } },
    failed: { type: 'final', entry: 'logFailed', output: { outcome: 'failed' } },
  },
});
