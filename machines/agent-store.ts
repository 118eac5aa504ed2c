import { assign, setup } from 'xstate';
import { type Failure, failureOf } from './failure.ts';
import { actionNotProvided, callbackNotProvided, promiseNotProvided } from './not-provided.ts';

interface AgentStoreContext {
  failure: Failure | null;
}

export type AgentStoreEvent =
  /** It answers; the message tells which store it is. */
  | { type: 'store.opened'; message: string }
  /** It could not be opened, or has died since. */
  | { type: 'store.failed'; failure: Failure }
  | { type: 'shutdown' };

/**
 * The agent store of a node: whoever uses it starts after it and ends before it. It fails when the store cannot be opened
 * or dies, and its supervisor opens it anew. Specification: Agent info thread, Local agent-groups thread ("wazuh-db").
 *
 * Provided by src/node:
 * - `store` opens it, hands it to the processes that use it, and reports; its end takes it from them.
 * - `close` ends it in order: what was asked before is written before.
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
    logOpened: (_, _params: { message: string }) => actionNotProvided('logOpened')(),
    logUnclosed: actionNotProvided('logUnclosed'),
    /** Without its store a node cannot serve agents: its supervisor decides what follows. */
    crash: (_, failure: Failure) => {
      throw Object.assign(new Error(failure.message), { code: failure.code });
    },
  },
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
        'store.opened': {
          target: 'serving',
          actions: [{ type: 'logOpened', params: ({ event: { message } }) => ({ message }) }, 'reportReady'],
        },
      },
    },
    serving: {},
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
