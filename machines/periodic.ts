import { assign, forwardTo, setup } from 'xstate';
import { actionNotProvided, promiseNotProvided } from './not-provided.ts';

export interface PeriodicInput {
  /** Handed to every round of the task. */
  task: object;
  /** Pause between the end of a round and the next. */
  intervalMs: number;
  /** Pause after a round that did not succeed; doubles with each in a row that got nowhere, up to `intervalMs`. */
  retryMs: number;
}

interface PeriodicContext extends PeriodicInput {
  failures: number;
}

/** What a round says at its end; anything but success is tried again soon. */
export interface RoundOutput {
  succeeded: boolean;
  /** It did a part of what there is to do: the next one need not come later than it did. */
  gotOn?: boolean;
}

const outputOf = (event: unknown) => (event as { output?: RoundOutput }).output;

/** `rx.*` and `transfer.*` are for the round that runs, and pass through. */
export type PeriodicEvent = { type: 'trigger' } | { type: `rx.${string}` } | { type: `transfer.${string}` };

/**
 * Runs a task over and over: at once when it starts, then with a pause after each round, and at once when something
 * triggers it. A trigger during a round means one more round, however many triggers there were.
 */
export const periodicMachine = setup({
  types: {
    context: {} as PeriodicContext,
    input: {} as PeriodicInput,
    events: {} as PeriodicEvent,
  },
  actors: { task: promiseNotProvided<RoundOutput, object>('task') },
  actions: {
    forgetFailures: assign({ failures: 0 }),
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    countAsFirst: assign({ failures: 1 }),
    relay: forwardTo('task'),
    /** No round runs that could answer the peer. */
    refuseRelayed: actionNotProvided('refuseRelayed'),
  },
  guards: {
    succeeded: ({ event }) => outputOf(event)?.succeeded === true,
    gotOn: ({ event }) => outputOf(event)?.gotOn === true,
  },
  delays: {
    interval: ({ context }) => context.intervalMs,
    retry: ({ context }) => Math.min(context.intervalMs, context.retryMs * 2 ** (context.failures - 1)),
  },
}).createMachine({
  id: 'periodic',
  context: ({ input }) => ({ ...input, failures: 0 }),
  initial: 'running',
  states: {
    running: {
      invoke: {
        id: 'task',
        src: 'task',
        input: ({ context }) => context.task,
        onDone: [
          { guard: 'succeeded', target: 'waiting', actions: 'forgetFailures' },
          { guard: 'gotOn', target: 'retrying', actions: 'countAsFirst' },
          { target: 'retrying', actions: 'countFailure' },
        ],
        onError: { target: 'retrying', actions: 'countFailure' },
      },
      on: { 'rx.*': { actions: 'relay' }, 'transfer.*': { actions: 'relay' } },
      initial: 'once',
      states: {
        once: { on: { trigger: 'again' } },
        again: {
          on: {
            // Leads out of this state and above it, so the round is another one.
            'xstate.done.actor.task': {
              guard: 'succeeded',
              target: '#periodic.running',
              actions: 'forgetFailures',
            },
          },
        },
      },
    },
    waiting: {
      after: { interval: 'running' },
      on: { trigger: 'running', 'rx.*': { actions: 'refuseRelayed' } },
    },
    retrying: {
      after: { retry: 'running' },
      on: { trigger: 'running', 'rx.*': { actions: 'refuseRelayed' } },
    },
  },
});
