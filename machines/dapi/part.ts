import { assign, setup } from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { callbackNotProvided, promiseNotProvided } from '../not-provided.ts';

export interface DapiPartInput {
  requestId: number;
  /** Which part of its request. */
  index: number;
  /** Where it is worked on: `HERE`, or the name of a node. */
  place: string;
  /** The client or node that wants it. */
  source: string;
}

interface DapiPartContext extends DapiPartInput {
  failure: Failure | null;
}

export interface DapiPartOutput {
  index: number;
  /** Null if its answer is there. */
  failure: Failure | null;
}

export type DapiPartEvent = { type: 'turn.granted' } | { type: 'turn.refused'; failure: Failure };

/**
 * What one node has to do for a request: it waits for its turn, then it is worked on here, or forwarded and waited for.
 * Its end, whatever it is, gives the turn to the next. Specification: Distributed API requests, 4 to 6.
 *
 * Provided by src/node:
 * - `turn` asks the queue and reports; its end leaves the queue.
 * - `work` works the answer out, or brings it from the other node, and keeps it. When it is stopped, the handler or the
 *   other node is told that nobody waits any more.
 */
export const dapiPartMachine = setup({
  types: {
    context: {} as DapiPartContext,
    input: {} as DapiPartInput,
    events: {} as DapiPartEvent,
    output: {} as DapiPartOutput,
  },
  actors: {
    turn: callbackNotProvided<{ type: 'none' }, DapiPartInput>('turn'),
    work: promiseNotProvided<void, { requestId: number; index: number }>('work'),
  },
  actions: { keepFailure: assign({ failure: (_, failure: Failure) => failure }) },
}).createMachine({
  id: 'dapiPart',
  context: ({ input }) => ({ ...input, failure: null }),
  output: ({ context: { index, failure } }) => ({ index, failure }),
  invoke: {
    id: 'turn',
    src: 'turn',
    input: ({ context: { requestId, index, place, source } }) => ({ requestId, index, place, source }),
  },
  initial: 'waiting',
  states: {
    waiting: {
      on: {
        'turn.granted': 'working',
        'turn.refused': {
          target: 'failed',
          actions: { type: 'keepFailure', params: ({ event }) => event.failure },
        },
      },
    },
    working: {
      invoke: {
        id: 'work',
        src: 'work',
        input: ({ context: { requestId, index } }) => ({ requestId, index }),
        onDone: 'answered',
        onError: {
          target: 'failed',
          actions: { type: 'keepFailure', params: ({ event }) => failureOf(event.error) },
        },
      },
    },
    answered: { type: 'final' },
    failed: { type: 'final' },
  },
});
