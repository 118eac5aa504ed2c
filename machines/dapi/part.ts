import { assign, setup } from 'xstate';
import type { Failure } from '../failure.ts';
import { failWith } from '../keep-failure.ts';
import { callbackNotProvided } from '../not-provided.ts';
import { HERE } from './queue.ts';

/** It was its turn, and the time that whoever asked gives the work is over. */
export const WORK_TOO_LONG = 'the work took longer than whoever asked allows';

/** One piece of work of a request. */
export interface DapiWorkInput {
  requestId: number;
  /** Which part of its request. */
  index: number;
  /** Where it is worked on: `HERE`, or the name of a node. */
  place: string;
  /** The client or node that wants it. */
  source: string;
}

/** What work says of itself. It fails before its turn where there are too many. */
export type DapiWorkEvent =
  | { type: 'turn.granted' }
  /** Its answer is kept; `isAnswered` if it was also sent, as it came. */
  | { type: 'work.done'; isAnswered: boolean }
  | { type: 'work.failed'; failure: Failure };

export interface DapiPartInput extends DapiWorkInput {
  /** How long it may be worked on here, once it is its turn; null: as long as there is time. */
  workTimeoutMs: number | null;
  /** Until then it has ended, so that the answer of its request can tell what became of the other parts. */
  timeoutMs: number;
}

interface DapiPartContext extends DapiPartInput {
  failure: Failure | null;
}

export interface DapiPartOutput {
  index: number;
  /** Null if its answer is there. */
  failure: Failure | null;
}

/** What is worked on elsewhere has its turn there. */
function isWorkLimited({ context: { place, workTimeoutMs } }: { context: DapiPartContext }): boolean {
  return place === HERE && workTimeoutMs !== null;
}

const keepReason = {
  type: 'keepFailure' as const,
  params: ({ event }: { event: { failure: Failure } }) => event.failure,
};

/**
 * What one node has to do for a request: it waits for its turn, then it is worked on here, or forwarded and waited for; a
 * node that does not answer in time fails its own part and no other. Specification: Distributed API requests, 4 to 6.
 *
 * Provided by src/node: `work` asks the queue, works the answer out, or brings it from the other node, and keeps it. When it
 * is stopped, the handler or the other node is told that nobody waits any more; its turn ends with the work, not before.
 */
export const dapiPartMachine = setup({
  types: {
    context: {} as DapiPartContext,
    input: {} as DapiPartInput,
    events: {} as DapiWorkEvent,
    output: {} as DapiPartOutput,
  },
  actors: { work: callbackNotProvided<{ type: 'none' }, DapiWorkInput>('work') },
  actions: { keepFailure: assign({ failure: (_, failure: Failure) => failure }) },
  guards: { isWorkLimited },
  delays: {
    deadline: ({ context }) => context.timeoutMs,
    workLimit: ({ context }) => context.workTimeoutMs ?? context.timeoutMs,
  },
}).createMachine({
  id: 'dapiPart',
  context: ({ input }) => ({ ...input, failure: null }),
  output: ({ context: { index, failure } }) => ({ index, failure }),
  invoke: {
    id: 'work',
    src: 'work',
    input: ({ context: { requestId, index, place, source } }) => ({ requestId, index, place, source }),
  },
  initial: 'waiting',
  on: { 'work.failed': { target: '.failed', actions: keepReason } },
  after: { deadline: { target: '.failed', actions: failWith(3021, 'no answer in time') } },
  states: {
    waiting: {
      on: { 'turn.granted': [{ guard: 'isWorkLimited', target: 'limited' }, { target: 'working' }] },
    },
    working: { on: { 'work.done': 'answered' } },
    limited: {
      on: { 'work.done': 'answered' },
      after: { workLimit: { target: 'failed', actions: failWith(3021, WORK_TOO_LONG) } },
    },
    answered: { type: 'final' },
    failed: { type: 'final' },
  },
});
