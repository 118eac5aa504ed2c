import { assign, setup } from 'xstate';
import type { Failure } from '../failure.ts';
import { actionNotProvided, callbackNotProvided } from '../not-provided.ts';

export interface ListenerInput {
  /** What is listened for: `cluster` or `local`. */
  name: string;
  /** Supervisor that adopts the connections. */
  handlers: string;
}

interface ListenerContext extends ListenerInput {
  address: string | null;
  failure: Failure | null;
}

export type ListenerEvent =
  | { type: 'listen.opened'; address: string }
  | { type: 'listen.connection'; connectionId: number; remote: string; handshakeMs: number }
  | { type: 'listen.rejected'; remote: string; failure: Failure }
  | { type: 'listen.failed'; failure: Failure }
  | { type: 'listen.closed' }
  | { type: 'shutdown' };

/**
 * An open port: every connection that arrives becomes the child of a dynamic supervisor. It fails, and its supervisor
 * with it if need be, when the address cannot be bound. Specification: Code structure, AbstractServer.
 */
export const listenerMachine = setup({
  types: {
    context: {} as ListenerContext,
    input: {} as ListenerInput,
    events: {} as ListenerEvent,
  },
  actors: {
    /** Opens the port and reports what arrives; its end closes the port. */
    port: callbackNotProvided<{ type: 'none' }, ListenerInput>('port'),
  },
  actions: {
    adopt: (_, _params: { handlers: string; connectionId: number; remote: string; handshakeMs: number }) =>
      actionNotProvided('adopt')(),
    reportReady: actionNotProvided('reportReady'),
    keepAddress: assign({ address: (_, address: string) => address }),
    keepFailure: assign({ failure: (_, failure: Failure) => failure }),
    logListening: actionNotProvided('logListening'),
    logRejected: (_, _params: { remote: string; failure: Failure }) => actionNotProvided('logRejected')(),
    /** A listener that lost its port is of no use: its supervisor decides what follows. */
    crash: (_, failure: Failure) => {
      throw Object.assign(new Error(failure.message), { code: failure.code });
    },
  },
}).createMachine({
  id: 'listener',
  context: ({ input }) => ({ ...input, address: null, failure: null }),
  invoke: {
    id: 'port',
    src: 'port',
    input: ({ context: { name, handlers } }) => ({ name, handlers }),
  },
  initial: 'opening',
  on: {
    'listen.failed': {
      target: '.failed',
      actions: { type: 'keepFailure', params: ({ event }) => event.failure },
    },
    shutdown: '.closed',
  },
  states: {
    opening: {
      on: {
        'listen.opened': {
          target: 'listening',
          actions: [
            { type: 'keepAddress', params: ({ event }) => event.address },
            'logListening',
            'reportReady',
          ],
        },
      },
    },
    listening: {
      on: {
        'listen.connection': {
          actions: {
            type: 'adopt',
            params: ({ context, event }) => ({
              handlers: context.handlers,
              connectionId: event.connectionId,
              remote: event.remote,
              handshakeMs: event.handshakeMs,
            }),
          },
        },
        'listen.rejected': {
          actions: {
            type: 'logRejected',
            params: ({ event: { remote, failure } }) => ({ remote, failure }),
          },
        },
      },
    },
    failed: {
      entry: {
        type: 'crash',
        params: ({ context }) => context.failure ?? { code: 3101, message: 'the port was lost' },
      },
    },
    closed: { type: 'final' },
  },
});
