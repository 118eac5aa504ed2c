import { assign, setup } from 'xstate';
import { type Failure, failureOf } from './failure.ts';
import { actionNotProvided, callbackNotProvided, promiseNotProvided } from './not-provided.ts';

interface AgentStoreContext {
  failure: Failure | null;
}

export type AgentStoreEvent =
  /** The message tells which store it is; one that another program serves need not answer yet. */
  | { type: 'store.opened'; message: string; answers: boolean }
  /** Nobody answers there any more. */
  | { type: 'store.silent'; failure: Failure }
  /** Somebody does again. */
  | { type: 'store.answers' }
  /** More programs want to use it than may. */
  | { type: 'store.crowded' }
  /** It could not be opened, or has died since. */
  | { type: 'store.failed'; failure: Failure }
  | { type: 'shutdown' };

/**
 * The agent store of a node: whoever uses it starts after it and ends before it. It fails when the store cannot be opened
 * or dies, and its supervisor opens it anew. One that another program serves may be silent for a time: that is told here,
 * once, and not by everybody who asks it meanwhile. Specification: Agent info thread, Local agent-groups thread ("wazuh-db").
 *
 * Provided by src/node:
 * - `store` opens it, hands it to the processes that use it, and reports; its end takes it from them.
 * - `close` ends it in order: what was asked before is written before.
 * - `noteSilence` and `noteAnswers` let those who use it know that nobody answers, and that somebody does.
 * - `reportReady` tells the supervisor that the next child may start.
 */
export const agentStoreMachine = setup({
  types: {
    context: {} as AgentStoreContext,
    events: {} as AgentStoreEvent,
  },
  actors: {
    store: callbackNotProvided<{ type: 'none' }, undefined>('store'),
    close: promiseNotProvided<void, undefined>('close'),
  },
  actions: {
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    reportReady: actionNotProvided('reportReady'),
    noteSilence: actionNotProvided('noteSilence'),
    noteAnswers: actionNotProvided('noteAnswers'),
    logOpened: (_, _params: { message: string }) => actionNotProvided('logOpened')(),
    logOpenedSilent: (_, _params: { message: string }) => actionNotProvided('logOpenedSilent')(),
    logSilent: (_, _params: Failure) => actionNotProvided('logSilent')(),
    logAnswers: actionNotProvided('logAnswers'),
    logCrowded: actionNotProvided('logCrowded'),
    logUnclosed: actionNotProvided('logUnclosed'),
    /** Without its store a node cannot serve agents: its supervisor decides what follows. */
    crash: (_, failure: Failure) => {
      throw Object.assign(new Error(failure.message), { code: failure.code });
    },
  },
  guards: { answers: (_, { answers }: { answers: boolean }) => answers },
}).createMachine({
  id: 'agentStore',
  context: { failure: null },
  invoke: { id: 'store', src: 'store' },
  initial: 'opening',
  on: {
    'store.failed': {
      target: '.failed',
      actions: { type: 'keepFailure', params: ({ event }) => event.failure },
    },
    shutdown: '.closing',
  },
  states: {
    opening: {
      on: {
        'store.opened': [
          {
            guard: { type: 'answers', params: ({ event: { answers } }) => ({ answers }) },
            target: 'serving',
            actions: [
              { type: 'logOpened', params: ({ event: { message } }) => ({ message }) },
              'reportReady',
            ],
          },
          {
            target: 'serving.silent',
            actions: [
              { type: 'logOpenedSilent', params: ({ event: { message } }) => ({ message }) },
              'reportReady',
            ],
          },
        ],
      },
    },
    serving: {
      on: { 'store.crowded': { actions: 'logCrowded' } },
      initial: 'answering',
      states: {
        answering: {
          on: {
            'store.silent': {
              target: 'silent',
              actions: { type: 'logSilent', params: ({ event: { failure } }) => failure },
            },
          },
        },
        silent: {
          entry: 'noteSilence',
          exit: 'noteAnswers',
          on: { 'store.answers': { target: 'answering', actions: 'logAnswers' } },
        },
      },
    },
    closing: {
      // Whoever closes it does not wonder that it ends.
      on: { 'store.failed': {}, shutdown: {} },
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
        params: ({ context }) => context.failure ?? { code: 3206, message: 'the store was lost' },
      },
    },
    closed: { type: 'final' },
  },
});
