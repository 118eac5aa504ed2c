import { assign, setup } from 'xstate';
import { type Failure, UNKNOWN } from '../failure.ts';
import { failWith, keepError } from '../keep-failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';

export interface SendsyncRequestInput {
  /** The number of the message at this node. */
  requestId: number;
  /** What is left of its deadline. */
  timeoutMs: number;
}

interface SendsyncRequestContext extends SendsyncRequestInput {
  failure: Failure | null;
}

export type SendsyncOutcome = 'answered' | 'failed' | 'dropped' | 'undelivered';

export type SendsyncRequestEvent =
  /** The worker does not wait any more. */
  { type: 'cancel' } | { type: 'origin.lost' } | { type: 'shutdown' };

const named = ({ context: { requestId } }: { context: SendsyncRequestContext }) => ({ requestId });
const finish = (outcome: SendsyncOutcome) => ({
  type: 'finish' as const,
  params: ({ context: { requestId, failure } }: { context: SendsyncRequestContext }) => ({
    requestId,
    outcome,
    failure,
  }),
});

/**
 * One message of a worker for a service of the master, such as the registration of an agent: it goes to the service, and
 * the answer goes back. Whether a message whose answer was not waited for was carried out, nobody knows. Specification:
 * Sendsync thread.
 *
 * Provided by src/node: `ask` hands the message to the service and keeps its answer, `notify` sends `sendsyn_res`, `refuse`
 * `sendsyn_err`; `finish` logs the outcome, and forgets the message.
 */
export const sendsyncRequestMachine = setup({
  types: {
    context: {} as SendsyncRequestContext,
    input: {} as SendsyncRequestInput,
    events: {} as SendsyncRequestEvent,
  },
  actors: {
    ask: promiseNotProvided<void, { requestId: number }>('ask'),
    notify: promiseNotProvided<void, { requestId: number }>('notify'),
  },
  actions: {
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    refuse: (_, _params: { requestId: number; failure: Failure }) => actionNotProvided('refuse')(),
    finish: (_, _params: { requestId: number; outcome: SendsyncOutcome; failure: Failure | null }) =>
      actionNotProvided('finish')(),
  },
  delays: { deadline: ({ context }) => context.timeoutMs },
}).createMachine({
  id: 'sendsyncRequest',
  context: ({ input }) => ({ ...input, failure: null }),
  initial: 'asking',
  on: {
    cancel: { target: '.dropped', actions: failWith(3120, 'the worker does not wait any more') },
    'origin.lost': { target: '.dropped', actions: failWith(3103, 'the worker is gone') },
    shutdown: { target: '.failed', actions: failWith(3125, 'the node is stopping') },
  },
  states: {
    asking: {
      invoke: {
        id: 'ask',
        src: 'ask',
        input: named,
        onDone: 'notifying',
        onError: { target: 'failed', actions: keepError },
      },
      after: {
        deadline: { target: 'failed', actions: failWith(3020, 'the service did not answer in time') },
      },
    },
    notifying: {
      // The answer is on its way: it cannot be taken back.
      on: { cancel: {}, shutdown: 'answered' },
      invoke: {
        id: 'notify',
        src: 'notify',
        input: named,
        onDone: 'answered',
        onError: { target: 'undelivered', actions: keepError },
      },
    },
    answered: { type: 'final', entry: finish('answered') },
    failed: {
      type: 'final',
      entry: [
        {
          type: 'refuse',
          params: ({ context: { requestId, failure } }) => ({
            requestId,
            failure: failure ?? UNKNOWN,
          }),
        },
        finish('failed'),
      ],
    },
    dropped: { type: 'final', entry: finish('dropped') },
    undelivered: { type: 'final', entry: finish('undelivered') },
  },
});
