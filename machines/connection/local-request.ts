import { assign, setup } from 'xstate';
import { type Failure, UNKNOWN } from '../failure.ts';
import { keepError } from '../keep-failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';
import { type FileSendInput, type FileSendOutput, fileSendMachine } from '../transfer/file-send.ts';

export interface LocalRequestInput {
  connectionId: number;
  counter: number;
  command: string;
  args: object;
  /** The client was told that its request is taken: what comes of it is told behind that. */
  isAcknowledged: boolean;
  /** The client gets an error rather than silence after this time. */
  timeoutMs: number;
}

/** What a request comes to: the reply, and the file that has to be sent to another node before. */
export interface LocalAnswer {
  reply: object;
  file: FileSendInput | null;
}

interface LocalRequestContext extends LocalRequestInput {
  /** Kept while its file is sent. */
  answer: LocalAnswer | null;
  failure: Failure | null;
}

type Reply = { connectionId: number; counter: number; isAcknowledged: boolean };

const replyWith = (
  { connectionId, counter, isAcknowledged, command }: LocalRequestContext,
  answer: LocalAnswer | null,
) => ({
  connectionId,
  counter,
  isAcknowledged,
  command,
  answer: answer?.reply ?? {},
});

/**
 * One request of a local client: works out the answer, wherever it is known, and replies exactly once; a file that it is
 * about is sent before. Specification: Local protocol.
 */
export const localRequestMachine = setup({
  types: {
    context: {} as LocalRequestContext,
    input: {} as LocalRequestInput,
    // It heeds nobody: whoever started it stops it.
    events: {} as { type: 'none' },
    output: {} as { failure: Failure | null },
  },
  actors: {
    answer: promiseNotProvided<LocalAnswer, { command: string; args: object }>('answer'),
    fileSend: fileSendMachine,
  },
  actions: {
    reply: (_, _params: Reply & { command: string; answer: object }) => actionNotProvided('reply')(),
    refuse: (_, _params: Reply & { failure: Failure }) => actionNotProvided('refuse')(),
    keepAnswer: assign({ answer: (_, answer: LocalAnswer) => answer }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
  },
  guards: {
    hasFile: (_, { file }: LocalAnswer) => file !== null,
    wasSent: (_, { outcome }: FileSendOutput) => outcome === 'done',
  },
  delays: { timeout: ({ context }) => context.timeoutMs },
}).createMachine({
  id: 'localRequest',
  context: ({ input }) => ({ ...input, answer: null, failure: null }),
  output: ({ context }) => ({ failure: context.failure }),
  initial: 'working',
  states: {
    working: {
      initial: 'answering',
      after: {
        timeout: {
          target: 'refused',
          actions: {
            type: 'keepFailure',
            params: ({ context }) => ({ code: 3020, message: `${context.command} took too long` }),
          },
        },
      },
      states: {
        answering: {
          invoke: {
            id: 'answer',
            src: 'answer',
            input: ({ context: { command, args } }) => ({ command, args }),
            onDone: [
              {
                guard: { type: 'hasFile', params: ({ event }) => event.output },
                target: 'sending',
                actions: { type: 'keepAnswer', params: ({ event }) => event.output },
              },
              {
                target: '#localRequest.answered',
                actions: {
                  type: 'reply',
                  params: ({ context, event }) => replyWith(context, event.output),
                },
              },
            ],
            onError: { target: '#localRequest.refused', actions: keepError },
          },
        },
        sending: {
          invoke: {
            id: 'fileSend',
            src: 'fileSend',
            input: ({ context: { answer } }) => {
              if (answer?.file == null) throw new Error('there is no file to send');
              return answer.file;
            },
            onDone: [
              {
                guard: { type: 'wasSent', params: ({ event }) => event.output },
                target: '#localRequest.answered',
                actions: { type: 'reply', params: ({ context }) => replyWith(context, context.answer) },
              },
              {
                target: '#localRequest.refused',
                actions: { type: 'keepFailure', params: ({ event }) => event.output.failure ?? UNKNOWN },
              },
            ],
            onError: { target: '#localRequest.refused', actions: keepError },
          },
        },
      },
    },
    answered: { type: 'final' },
    refused: {
      type: 'final',
      entry: {
        type: 'refuse',
        params: ({ context: { connectionId, counter, isAcknowledged, failure } }) => ({
          connectionId,
          counter,
          isAcknowledged,
          failure: failure ?? UNKNOWN,
        }),
      },
    },
  },
});
