import { assign, setup } from 'xstate';
import { type Failure, failureOf, UNKNOWN } from '../failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';

export interface LocalRequestInput {
  connectionId: number;
  counter: number;
  command: string;
  args: object;
  /** The client gets an error rather than silence after this time. */
  timeoutMs: number;
}

interface LocalRequestContext extends LocalRequestInput {
  failure: Failure | null;
}

type Reply = { connectionId: number; counter: number };

/**
 * One request of a local client: works out the answer, wherever it is known, and replies exactly once.
 * Specification: Local protocol.
 */
export const localRequestMachine = setup({
  types: {
    context: {} as LocalRequestContext,
    input: {} as LocalRequestInput,
    events: {} as { type: 'shutdown' },
    output: {} as { failure: Failure | null },
  },
  actors: {
    answer: promiseNotProvided<object, { command: string; args: object }>('answer'),
  },
  actions: {
    reply: (_, _params: Reply & { command: string; answer: object }) => actionNotProvided('reply')(),
    refuse: (_, _params: Reply & { failure: Failure }) => actionNotProvided('refuse')(),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
  },
  delays: { timeout: ({ context }) => context.timeoutMs },
}).createMachine({
  id: 'localRequest',
  context: ({ input }) => ({ ...input, failure: null }),
  output: ({ context }) => ({ failure: context.failure }),
  initial: 'working',
  states: {
    working: {
      invoke: {
        id: 'answer',
        src: 'answer',
        input: ({ context: { command, args } }) => ({ command, args }),
        onDone: {
          target: 'answered',
          actions: {
            type: 'reply',
            params: ({ context: { connectionId, counter, command }, event }) => ({
              connectionId,
              counter,
              command,
              answer: event.output,
            }),
          },
        },
        onError: {
          target: 'refused',
          actions: { type: 'keepFailure', params: ({ event }) => failureOf(event.error) },
        },
      },
      after: {
        timeout: {
          target: 'refused',
          actions: {
            type: 'keepFailure',
            params: ({ context }) => ({ code: 3020, message: `${context.command} took too long` }),
          },
        },
      },
    },
    answered: { type: 'final' },
    refused: {
      type: 'final',
      entry: {
        type: 'refuse',
        params: ({ context: { connectionId, counter, failure } }) => ({
          connectionId,
          counter,
          failure: failure ?? UNKNOWN,
        }),
      },
    },
  },
});
