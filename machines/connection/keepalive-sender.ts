import { assign, setup } from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';

export interface KeepaliveSenderInput {
  connectionId: number;
  /** Time between an answer and the next keepalive. */
  intervalMs: number;
  /** Keepalives in a row that may fail before the connection is given up. */
  maxFailures: number;
}

interface KeepaliveSenderContext extends KeepaliveSenderInput {
  failures: number;
  failure: Failure | null;
}

/**
 * Sends keepalives to the peer (`echo-c` to the master, `echo-m` to a worker) and ends when too many in a row
 * stay unanswered. Specification: Keep alive thread.
 */
export const keepaliveSenderMachine = setup({
  types: {
    context: {} as KeepaliveSenderContext,
    input: {} as KeepaliveSenderInput,
    // It heeds nobody: whoever started it stops it.
    events: {} as { type: 'none' },
    output: {} as { outcome: 'lost'; failure: Failure | null },
  },
  actors: { sendKeepalive: promiseNotProvided<void, { connectionId: number }>('sendKeepalive') },
  actions: {
    logAnswered: actionNotProvided('logAnswered'),
    logUnanswered: actionNotProvided('logUnanswered'),
    logLost: actionNotProvided('logLost'),
    countFailure: assign({
      failures: ({ context }) => context.failures + 1,
      failure: ({ event }) => failureOf((event as unknown as { error: unknown }).error),
    }),
    forgetFailures: assign({ failures: 0, failure: null }),
  },
  guards: { isLastAttempt: ({ context }) => context.failures + 1 >= context.maxFailures },
  delays: { interval: ({ context }) => context.intervalMs },
}).createMachine({
  id: 'keepaliveSender',
  context: ({ input }) => ({ ...input, failures: 0, failure: null }),
  output: ({ context }) => ({ outcome: 'lost', failure: context.failure }),
  initial: 'waiting',
  states: {
    waiting: { after: { interval: 'sending' } },
    sending: {
      invoke: {
        id: 'sendKeepalive',
        src: 'sendKeepalive',
        input: ({ context }) => ({ connectionId: context.connectionId }),
        onDone: { target: 'waiting', actions: ['forgetFailures', 'logAnswered'] },
        onError: [
          { guard: 'isLastAttempt', target: 'lost', actions: ['countFailure', 'logLost'] },
          { target: 'waiting', actions: ['countFailure', 'logUnanswered'] },
        ],
      },
    },
    lost: { type: 'final' },
  },
});
