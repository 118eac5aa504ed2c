import { assign, setup } from 'xstate';
import { type Failure, failureOf, UNKNOWN } from '../failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';
import type { AgentInfoReport } from './chunk-report.ts';

export interface AgentInfoReceiveInput {
  connectionId: number;
  /** `timeout_agent_info`: how long the store may take for one string. */
  storeTimeoutMs: number;
}

/** What became of one string. */
export interface AgentInfoStored extends AgentInfoReport {
  /** Chunks in the string. */
  receivedChunks: number;
}

interface AgentInfoReceiveContext extends AgentInfoReceiveInput {
  /** How `syn_a_w_m` refers to the string. */
  handle: number;
  stored: AgentInfoStored | null;
  failure: Failure | null;
}

type Begin = { type: 'rx.syn_a_w_m'; counter: number; handle: number };
export type AgentInfoReceiveEvent = { type: 'rx.syn_a_w_m_p'; counter: number } | Begin;

type Address = { connectionId: number; counter: number };
type Args = { context: AgentInfoReceiveContext; event: AgentInfoReceiveEvent };

const addressed = ({ context, event }: Args): Address => ({
  connectionId: context.connectionId,
  counter: event.counter,
});
const answer = (granted: boolean) => ({
  type: 'answer' as const,
  params: (args: Args) => ({ ...addressed(args), granted }),
});
const refuseBegin = {
  type: 'refuseBegin' as const,
  params: ({
    context: { connectionId },
    event: { counter, handle },
  }: {
    context: AgentInfoReceiveContext;
    event: Begin;
  }) => ({
    connectionId,
    counter,
    handle,
  }),
};
const tellResult = {
  type: 'tellResult' as const,
  params: ({ context: { connectionId, stored } }: { context: AgentInfoReceiveContext }) => ({
    connectionId,
    updatedChunks: stored?.updatedChunks ?? 0,
    errors: stored?.errors ?? [],
    wanted: stored === null ? [] : stored.wanted,
  }),
};
const tellFailure = {
  type: 'tellFailure' as const,
  params: ({ context: { connectionId, failure } }: { context: AgentInfoReceiveContext }) => ({
    connectionId,
    failure: failure ?? UNKNOWN,
  }),
};

/**
 * The agent-info processes of one worker on the master, one at a time: gives permission, writes what the worker sent to
 * the store, and tells it what became of it. Specification: Agent info thread, stages 1 and 4, and its last sentence.
 *
 * - The lock is the state, so every way out of a process frees it. It lives as long as its connection.
 * - A permission has no deadline, because it keeps nobody out but the worker that holds it, and that one may ask again.
 * - The result is sent and not waited for. It is true whether or not it arrives, and since a connection keeps the order,
 *   a worker hears it before the next permission. A worker that misses it sends the same rows again.
 *
 * Provided by src/node:
 * - `store` takes the string of that handle, and writes its chunks, the newer keepalive of an agent winning. It rejects
 *   with 3035 (no such string), 3036 (not what it should be) or 3037 (the store fails as a whole); what is wrong with
 *   single chunks is in its output. It works in pieces, and stops between them when its signal is aborted.
 * - `replyTask` replies to `syn_a_w_m`, `answer` to `syn_a_w_m_p`; `refuseBegin` is for a worker without
 *   permission, and drops its string: nobody is going to use it.
 * - `tellResult` sends `syn_m_a_e`, `tellFailure` sends `syn_m_a_err`; a worker that does not answer them is worth a
 *   warning in the log.
 */
export const agentInfoReceiveMachine = setup({
  types: {
    context: {} as AgentInfoReceiveContext,
    input: {} as AgentInfoReceiveInput,
    events: {} as AgentInfoReceiveEvent,
  },
  actors: {
    store: promiseNotProvided<AgentInfoStored, { connectionId: number; handle: number }>('store'),
  },
  actions: {
    answer: (_, _params: Address & { granted: boolean }) => actionNotProvided('answer')(),
    refuseBegin: (_, _params: Address & { handle: number }) => actionNotProvided('refuseBegin')(),
    replyTask: (_, _params: Address & { task: string }) => actionNotProvided('replyTask')(),
    tellResult: (_, _params: { connectionId: number } & AgentInfoReport) => actionNotProvided('tellResult')(),
    tellFailure: (_, _params: { connectionId: number; failure: Failure }) =>
      actionNotProvided('tellFailure')(),
    keepHandle: assign({
      handle: (_, handle: number) => handle,
      stored: null,
      failure: null,
    }),
    keepStored: assign({ stored: (_, stored: AgentInfoStored) => stored }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    logStarting: actionNotProvided('logStarting'),
    logFinished: actionNotProvided('logFinished'),
    logFailed: actionNotProvided('logFailed'),
  },
  delays: { storeTimeout: ({ context }) => context.storeTimeoutMs },
}).createMachine({
  id: 'agentInfoReceive',
  context: ({ input }) => ({ ...input, handle: 0, stored: null, failure: null }),
  initial: 'free',
  states: {
    free: {
      on: {
        'rx.syn_a_w_m_p': { target: 'granted', actions: answer(true) },
        'rx.syn_a_w_m': { actions: refuseBegin },
      },
    },
    granted: {
      on: {
        'rx.syn_a_w_m_p': { actions: answer(true) },
        'rx.syn_a_w_m': {
          target: 'storing',
          actions: [
            { type: 'keepHandle', params: ({ event }) => event.handle },
            {
              type: 'replyTask',
              params: ({ context: { connectionId }, event: { counter } }) => ({
                connectionId,
                counter,
                task: `agent-info-${connectionId}-${counter}`,
              }),
            },
          ],
        },
      },
    },
    storing: {
      entry: 'logStarting',
      invoke: {
        id: 'store',
        src: 'store',
        input: ({ context: { connectionId, handle } }) => ({ connectionId, handle }),
        onDone: {
          target: 'free',
          actions: [{ type: 'keepStored', params: ({ event }) => event.output }, tellResult, 'logFinished'],
        },
        onError: {
          target: 'free',
          actions: [
            { type: 'keepFailure', params: ({ event }) => failureOf(event.error) },
            tellFailure,
            'logFailed',
          ],
        },
      },
      on: {
        'rx.syn_a_w_m_p': { actions: answer(false) },
        'rx.syn_a_w_m': { actions: refuseBegin },
      },
      after: {
        storeTimeout: {
          target: 'free',
          actions: [
            {
              type: 'keepFailure',
              params: { code: 3037, message: 'the agent store took too long' },
            },
            tellFailure,
            'logFailed',
          ],
        },
      },
    },
  },
});
