import { assign, type DoneActorEvent, type ErrorActorEvent, forwardTo, sendTo, setup } from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { actionNotProvided, delayNotProvided, promiseNotProvided } from '../not-provided.ts';
import { backoffMs } from '../supervision/restart-policy.ts';
import { type ClientHandlerOutput, type ClientSettings, clientHandlerMachine } from './client-handler.ts';
import { SLOW_MASTER_MS } from './slow.ts';

/** Part of a pause that is left to chance, so that workers that lost their master do not return in one moment. */
const RETRY_JITTER = 0.5;
/**
 * Connections that live for so many of the longest pauses count as good. More than one: of two nodes that evict each
 * other, each connection lives as long as the other one pauses.
 */
const SETTLED_AFTER_PAUSES = 2;

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
  /** Attempts in a row that did not lead to a connection that lasted, for whatever reason it ended. */
  attempts: number;
  failure: Failure | null;
}

export type ConnectorEvent =
  | { type: 'files.changed' }
  /** Agents or their groups may have changed in the store of this node. */
  | { type: 'groups.changed' }
  | { type: 'shutdown' }
  | DoneActorEvent<ClientHandlerOutput, 'handler'>
  | ErrorActorEvent<unknown, 'handler'>;

const keepError = {
  type: 'countFailure' as const,
  params: ({ event }: { event: { error: unknown } }) => failureOf(event.error),
};

/** Refusals that do not pass by themselves: name (3028, 3029, 3105), cluster, version, key. Nobody is asked in haste. */
const NEEDS_AN_OPERATOR: readonly number[] = [3028, 3029, 3030, 3031, 3105, 3106];

/** The pause before the next attempt. `chance` is uniform in [0, 1). */
export function retryPauseMs(
  {
    retryMs,
    maxRetryMs: maxMs,
    attempts,
    failure,
  }: Pick<ConnectorContext, 'retryMs' | 'maxRetryMs' | 'attempts' | 'failure'>,
  chance: number,
): number {
  const firstMs = failure !== null && NEEDS_AN_OPERATOR.includes(failure.code) ? maxMs : retryMs;
  return backoffMs({ firstMs, maxMs, jitter: RETRY_JITTER }, attempts, chance);
}

/**
 * Keeps a worker connected to its master: one connection at a time, and after each end another attempt.
 * Specification: Keep alive thread, last sentences.
 *
 * Provided by src/node: `retry` is `retryPauseMs` with its chance.
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
    /** An accepted connection that ended soon is a failure too: its master died, or a node of the same name evicts it. */
    countFailure: assign({
      attempts: ({ context }) => context.attempts + 1,
      failure: (_, failure: Failure | null) => failure,
    }),
    relay: forwardTo('handler'),
    stopHandler: sendTo('handler', { type: 'shutdown' }),
    logWaiting: actionNotProvided('logWaiting'),
    logSlow: actionNotProvided('logSlow'),
  },
  guards: {
    /** Then its handler has said why it ended. */
    wasEstablished: (_, output: ClientHandlerOutput) => output.wasEstablished,
  },
  delays: {
    retry: delayNotProvided('retry'),
    settled: ({ context }) => SETTLED_AFTER_PAUSES * context.maxRetryMs,
    slow: SLOW_MASTER_MS,
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
      after: { slow: { actions: 'logSlow' } },
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
            actions: { type: 'countFailure', params: ({ event }) => event.output.failure },
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
            'groups.changed': { actions: 'relay' },
            shutdown: { target: 'leaving', actions: 'stopHandler' },
          },
          initial: 'fresh',
          states: {
            fresh: { after: { settled: 'settled' } },
            settled: { entry: 'forgetFailures' },
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
