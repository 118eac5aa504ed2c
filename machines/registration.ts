import { assign, setup } from 'xstate';
import { type Failure, failureOf } from './failure.ts';
import { actionNotProvided, callbackNotProvided, promiseNotProvided } from './not-provided.ts';

interface RegistrationContext {
  failure: Failure | null;
}

export type RegistrationEvent =
  /** The message tells who registers agents; an authd that another program serves need not answer yet. */
  | { type: 'registration.opened'; message: string; answers: boolean }
  /** It could not be opened, or the socket that is served has broken since. */
  | { type: 'registration.failed'; failure: Failure }
  | { type: 'shutdown' };

/**
 * The registration of agents at a node. It fails when it cannot be opened or its socket breaks, and its supervisor opens it
 * anew. Specification: Sendsync ("authd").
 *
 * Provided by src/node:
 * - `registration` opens it, hands it to the processes that use it, and reports; its end takes it from them.
 * - `close` ends it in order: what is being written is written and answered.
 * - `reportReady` tells the supervisor that the next child may start.
 */
export const registrationMachine = setup({
  types: {
    context: {} as RegistrationContext,
    events: {} as RegistrationEvent,
  },
  actors: {
    registration: callbackNotProvided<{ type: 'none' }, undefined>('registration'),
    close: promiseNotProvided<void, undefined>('close'),
  },
  actions: {
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    reportReady: actionNotProvided('reportReady'),
    logOpened: (_, _params: { message: string }) => actionNotProvided('logOpened')(),
    logOpenedSilent: (_, _params: { message: string }) => actionNotProvided('logOpenedSilent')(),
    logUnclosed: actionNotProvided('logUnclosed'),
    /** A node at which nobody can register is repaired by its supervisor. */
    crash: (_, failure: Failure) => {
      throw Object.assign(new Error(failure.message), { code: failure.code });
    },
  },
  guards: { answers: (_, { answers }: { answers: boolean }) => answers },
}).createMachine({
  id: 'registration',
  context: { failure: null },
  invoke: { id: 'registration', src: 'registration' },
  initial: 'opening',
  on: {
    'registration.failed': {
      target: '.failed',
      actions: { type: 'keepFailure', params: ({ event }) => event.failure },
    },
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
              { type: 'logOpened', params: ({ event: { message } }) => ({ message }) },
              'reportReady',
            ],
          },
          {
            target: 'serving',
            actions: [
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
        onDone: 'closed',
        onError: {
          target: 'closed',
          actions: [{ type: 'keepFailure', params: ({ event }) => failureOf(event.error) }, 'logUnclosed'],
        },
      },
    },
    failed: {
      entry: {
        type: 'crash',
        params: ({ context }) => context.failure ?? { code: 3101, message: 'the socket was lost' },
      },
    },
    closed: { type: 'final' },
  },
});
