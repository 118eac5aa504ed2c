import { assign, setup } from 'xstate';
import { type Failure, failureOf } from './failure.ts';
import { actionNotProvided, callbackNotProvided, promiseNotProvided } from './not-provided.ts';

export interface RegistrationInput {
  /** Pause before registration is opened anew. */
  retryMs: number;
}

interface RegistrationContext extends RegistrationInput {
  /** Why it is not open, as it was told; null while it is. */
  failure: Failure | null;
}

export type RegistrationEvent =
  /** It is open; the message tells who registers. One that another program serves need not answer yet. */
  | { type: 'registration.opened'; message: string; answers: boolean }
  /** It could not be opened, or the socket that is served was lost since. */
  | { type: 'registration.failed'; failure: Failure }
  | { type: 'shutdown' };

/**
 * The registration of agents at a node. Nobody leans on it, so whatever keeps it from being open keeps nobody else from
 * serving: it is told once, and opening is tried again until it succeeds. Specification: Sendsync ("authd").
 *
 * Provided by src/node:
 * - `registration` opens it, hands it to the processes that use it, and reports; its end takes it from them.
 * - `close` ends it in order: what is being written is written and answered.
 * - `reportReady` tells the supervisor that the node is complete.
 */
export const registrationMachine = setup({
  types: {
    context: {} as RegistrationContext,
    input: {} as RegistrationInput,
    events: {} as RegistrationEvent,
  },
  actors: {
    registration: callbackNotProvided<{ type: 'none' }, undefined>('registration'),
    close: promiseNotProvided<void, undefined>('close'),
  },
  actions: {
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    forgetFailure: assign({ failure: null }),
    reportReady: actionNotProvided('reportReady'),
    logOpened: (_, _params: { message: string }) => actionNotProvided('logOpened')(),
    logOpenedSilent: (_, _params: { message: string }) => actionNotProvided('logOpenedSilent')(),
    logFailed: (_, _params: Failure) => actionNotProvided('logFailed')(),
    logUnclosed: actionNotProvided('logUnclosed'),
  },
  guards: {
    answers: (_, { answers }: { answers: boolean }) => answers,
    isTold: ({ context: { failure } }, { code, message }: Failure) =>
      failure?.code === code && failure.message === message,
  },
  delays: { retry: ({ context }) => context.retryMs },
}).createMachine({
  id: 'registration',
  context: ({ input }) => ({ ...input, failure: null }),
  initial: 'open',
  states: {
    open: {
      invoke: { id: 'registration', src: 'registration' },
      initial: 'opening',
      on: {
        'registration.failed': [
          { guard: { type: 'isTold', params: ({ event }) => event.failure }, target: 'waiting' },
          {
            target: 'waiting',
            actions: [
              { type: 'keepFailure', params: ({ event }) => event.failure },
              { type: 'logFailed', params: ({ event }) => event.failure },
              'reportReady',
            ],
          },
        ],
        shutdown: '.closing',
      },
      states: {
        opening: {
          on: {
            'registration.opened': [
              {
                guard: { type: 'answers', params: ({ event: { answers } }) => ({ answers }) },
                target: 'serving',
                actions: [
                  'forgetFailure',
                  { type: 'logOpened', params: ({ event: { message } }) => ({ message }) },
                  'reportReady',
                ],
              },
              {
                target: 'serving',
                actions: [
                  'forgetFailure',
                  { type: 'logOpenedSilent', params: ({ event: { message } }) => ({ message }) },
                  'reportReady',
                ],
              },
            ],
          },
        },
        serving: {},
        closing: {
          // Whoever closes it does not wonder that its socket is gone.
          on: { 'registration.failed': {}, shutdown: {} },
          invoke: {
            id: 'close',
            src: 'close',
            onDone: '#registration.closed',
            onError: {
              target: '#registration.closed',
              actions: [
                { type: 'keepFailure', params: ({ event }) => failureOf(event.error) },
                'logUnclosed',
              ],
            },
          },
        },
      },
    },
    waiting: {
      on: { shutdown: 'closed' },
      after: { retry: 'open' },
    },
    closed: { type: 'final' },
  },
});
