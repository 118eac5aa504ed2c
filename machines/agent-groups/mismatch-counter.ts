import { assign, setup } from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';

/** As the specification has it. `agent_groups_mismatch_limit` says otherwise. */
export const DEFAULT_MISMATCH_LIMIT = 10;

export interface MismatchCounterInput {
  connectionId: number;
  /** After how many mismatches in a row everything is asked for; at least 1. */
  limit?: number;
}

interface MismatchCounterContext {
  connectionId: number;
  limit: number;
  mismatches: number;
  failure: Failure | null;
}

/** What came of a comparison of checksums. */
export type MismatchCounterEvent = { type: 'groups.matched' } | { type: 'groups.differed' };

const logged = {
  type: 'logMismatch' as const,
  params: ({ context: { mismatches, limit } }: { context: MismatchCounterContext }) => ({
    mismatches,
    limit,
  }),
};

/**
 * Counts how often in a row a worker's agent-groups had another checksum than the master's, and asks for all of them when
 * that was too often: once, because with the question the count begins anew. A mismatch now and then is no fault: groups
 * may come before the agents that they are for. Specification: Agent groups send thread, stage 4.
 *
 * It lives as long as its connection; a new one begins with a comparison, and with no mismatch.
 *
 * Provided by src/node:
 * - `ask` is `syn_w_g_c`. If it fails, the next mismatch asks again.
 * - `logReset` is called where a match ends a row of mismatches.
 */
export const mismatchCounterMachine = setup({
  types: {
    context: {} as MismatchCounterContext,
    input: {} as MismatchCounterInput,
    events: {} as MismatchCounterEvent,
  },
  actors: { ask: promiseNotProvided<void, { connectionId: number }>('ask') },
  actions: {
    count: assign({ mismatches: ({ context }) => context.mismatches + 1 }),
    reset: assign({ mismatches: 0, failure: null }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    logMismatch: (_, _params: { mismatches: number; limit: number }) => actionNotProvided('logMismatch')(),
    logReset: actionNotProvided('logReset'),
    logAsked: actionNotProvided('logAsked'),
    logUnasked: actionNotProvided('logUnasked'),
  },
  guards: { reachesLimit: ({ context }) => context.mismatches >= context.limit },
}).createMachine({
  id: 'mismatchCounter',
  context: ({ input: { connectionId, limit } }) => ({
    connectionId,
    limit: limit ?? DEFAULT_MISMATCH_LIMIT,
    mismatches: 0,
    failure: null,
  }),
  initial: 'inStep',
  states: {
    inStep: { on: { 'groups.differed': 'judging' } },
    differing: {
      on: {
        'groups.matched': { target: 'inStep', actions: ['reset', 'logReset'] },
        'groups.differed': 'judging',
      },
    },
    judging: {
      entry: ['count', logged],
      always: [{ guard: 'reachesLimit', target: 'asking' }, { target: 'differing' }],
    },
    asking: {
      // Comparisons that end meanwhile are of before the answer.
      invoke: {
        id: 'ask',
        src: 'ask',
        input: ({ context: { connectionId } }) => ({ connectionId }),
        onDone: { target: 'inStep', actions: ['reset', 'logAsked'] },
        onError: {
          target: 'differing',
          actions: [{ type: 'keepFailure', params: ({ event }) => failureOf(event.error) }, 'logUnasked'],
        },
      },
    },
  },
});
