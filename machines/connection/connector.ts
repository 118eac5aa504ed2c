import { assign, type DoneActorEvent, type ErrorActorEvent, forwardTo, sendTo, setup } from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { actionNotProvided, promiseNotProvided } from '../not-provided.ts';
import { type ClientHandlerOutput, type ClientSettings, clientHandlerMachine } from './client-handler.ts';

export interface ConnectorInput {
  settings: ClientSettings;
  /** First pause after a failed attempt; doubles with each in a row, with jitter. */
  retryMs: number;
  /** Longest pause (`connection_retry`). */
  maxRetryMs: number;
}

interface ConnectorContext extends ConnectorInput {
  connectionId: number;
  remote: string;
  /** Attempts in a row that did not lead to an accepted connection. */
  attempts: number;
  failure: Failure | null;
}

export type ConnectorEvent =
  | { type: 'files.changed' }
  | { type: 'shutdown' }
  | DoneActorEvent<ClientHandlerOutput, 'handler'>
  | ErrorActorEvent<unknown, 'handler'>;

const keepError = {
  type: 'countFailure' as const,
  params: ({ event }: { event: { error: unknown } }) => failureOf(event.error),
};

/**
 * Keeps a worker connected to its master: one connection at a time, and after each end another attempt.
 * Specification: Keep alive thread, last sentences.
 */
export const connectorMachine = setup({
  types: {
    context: {} as ConnectorContext,
    input: {} as ConnectorInput,
    events: {} as ConnectorEvent,
  },
  actors: {
    connect: promiseNotProvided<{ connectionId: number; remote: string }, undefined>('connect'),
    handler: clientHandlerMachine,
  },
  actions: {
    keepConnection: assign({
      connectionId: (_, made: { connectionId: number; remote: string }) => made.connectionId,
      remote: (_, made: { connectionId: number; remote: string }) => made.remote,
    }),
    forgetFailures: assign({ attempts: 0, failure: null }),
    countFailure: assign({
      attempts: ({ context }) => context.attempts + 1,
      failure: (_, failure: Failure | null) => failure,
    }),
    relay: forwardTo('handler'),
    stopHandler: sendTo('handler', { type: 'shutdown' }),
    logWaiting: actionNotProvided('logWaiting'),
  },
  guards: { wasEstablished: (_, output: ClientHandlerOutput) => output.wasEstablished },
  delays: {
    /** Doubling; src/node adds the jitter. */
    retry: ({ context }) =>
      Math.min(context.maxRetryMs, context.retryMs * 2 ** Math.max(0, context.attempts - 1)),
  },
}).createMachine({
  id: 'connector',
  context: ({ input }) => ({ ...input, connectionId: 0, remote: '', attempts: 0, failure: null }),
  initial: 'connecting',
  states: {
    connecting: {
      invoke: {
        id: 'connect',
        src: 'connect',
        onDone: {
          target: 'connected',
          actions: { type: 'keepConnection', params: ({ event }) => event.output },
        },
        onError: { target: 'waiting', actions: [keepError, 'logWaiting'] },
      },
      on: { shutdown: 'stopped' },
    },
    connected: {
      invoke: {
        id: 'handler',
        src: 'handler',
        input: ({ context: { connectionId, remote, settings } }) => ({ connectionId, remote, settings }),
        onDone: [
          {
            guard: { type: 'wasEstablished', params: ({ event }) => event.output },
            target: 'waiting',
            actions: ['forgetFailures', 'logWaiting'],
          },
          {
            target: 'waiting',
            actions: [{ type: 'countFailure', params: ({ event }) => event.output.failure }, 'logWaiting'],
          },
        ],
        onError: { target: 'waiting', actions: [keepError, 'logWaiting'] },
      },
      initial: 'serving',
      states: {
        serving: {
          on: {
            'files.changed': { actions: 'relay' },
            shutdown: { target: 'leaving', actions: 'stopHandler' },
          },
        },
        leaving: {
          on: {
            'xstate.done.actor.handler': '#connector.stopped',
            'xstate.error.actor.handler': '#connector.stopped',
          },
        },
      },
    },
    waiting: { after: { retry: 'connecting' }, on: { shutdown: 'stopped' } },
    stopped: { type: 'final' },
  },
});
