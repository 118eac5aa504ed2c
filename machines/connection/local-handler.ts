import { assign, setup, spawnChild, stopChild } from 'xstate';
import type { Failure } from '../failure.ts';
import { actionNotProvided, callbackNotProvided } from '../not-provided.ts';
import { localRequestMachine } from './local-request.ts';

export interface LocalHandlerInput {
  connectionId: number;
  /** Longest time for one answer. */
  requestTimeoutMs: number;
  /** A client that asks nothing for so long is dropped. */
  idleTimeoutMs: number;
  closeTimeoutMs: number;
}

interface LocalHandlerContext extends LocalHandlerInput {
  /** Slots of requests under way. */
  busy: readonly RequestSlot[];
  failure: Failure | null;
}

/** Requests of one local client that are worked on at once; further ones are refused. */
export const REQUEST_SLOTS = ['request0', 'request1', 'request2', 'request3'] as const;
export type RequestSlot = (typeof REQUEST_SLOTS)[number];

export type LocalHandlerEvent =
  | { type: 'rx.request'; counter: number; command: string; args: object }
  | { type: 'link.closed'; failure: Failure | null }
  | { type: 'shutdown' };

const freeSlot = (busy: readonly RequestSlot[]) => REQUEST_SLOTS.find((slot) => !busy.includes(slot));
const slotOf = (context: LocalHandlerContext): RequestSlot => {
  const slot = freeSlot(context.busy);
  if (slot === undefined) throw new Error('no request slot is free');
  return slot;
};
/** Enters the state anew, so that the time without requests begins again. */
const ended = (slot: RequestSlot) => ({
  target: 'serving' as const,
  reenter: true,
  actions: [
    { type: 'dropRequest' as const, params: () => slot },
    { type: 'releaseSlot' as const, params: () => slot },
  ],
});

/**
 * One client of the local socket: a tool on the same machine. Specification: Local protocol.
 */
export const localHandlerMachine = setup({
  types: {
    context: {} as LocalHandlerContext,
    input: {} as LocalHandlerInput,
    events: {} as LocalHandlerEvent,
    children: {} as Record<RequestSlot, 'localRequest'>,
  },
  actors: {
    link: callbackNotProvided<{ type: 'none' }, { connectionId: number }>('link'),
    localRequest: localRequestMachine,
  },
  actions: {
    closeLink: (_, _params: { connectionId: number }) => actionNotProvided('closeLink')(),
    refuseBusy: (_, _params: { connectionId: number; counter: number }) => actionNotProvided('refuseBusy')(),
    startRequest: spawnChild('localRequest', {
      id: ({ context }) => slotOf(context),
      input: ({ context, event }) => {
        if (event.type !== 'rx.request') throw new Error(`no request in ${event.type}`);
        const { counter, command, args } = event;
        const { connectionId, requestTimeoutMs: timeoutMs } = context;
        return { connectionId, counter, command, args, timeoutMs };
      },
    }),
    takeSlot: assign({ busy: ({ context }) => [...context.busy, slotOf(context)] }),
    dropRequest: stopChild((_, slot: RequestSlot) => slot),
    releaseSlot: assign({
      busy: ({ context }, slot: RequestSlot) => context.busy.filter((other) => other !== slot),
    }),
    keepFailure: assign({ failure: (_, failure: Failure | null) => failure }),
    logDisconnected: actionNotProvided('logDisconnected'),
  },
  guards: {
    hasFreeSlot: ({ context }) => freeSlot(context.busy) !== undefined,
    isIdle: ({ context }) => context.busy.length === 0,
  },
  delays: {
    idleTimeout: ({ context }) => context.idleTimeoutMs,
    closeTimeout: ({ context }) => context.closeTimeoutMs,
  },
}).createMachine({
  id: 'localHandler',
  context: ({ input }) => ({ ...input, busy: [], failure: null }),
  output: ({ context }) => ({ failure: context.failure }),
  invoke: { id: 'link', src: 'link', input: ({ context }) => ({ connectionId: context.connectionId }) },
  initial: 'serving',
  on: {
    'link.closed': {
      target: '.closed',
      actions: { type: 'keepFailure', params: ({ event }) => event.failure },
    },
    shutdown: '.closing',
  },
  states: {
    serving: {
      on: {
        'rx.request': [
          { guard: 'hasFreeSlot', target: 'serving', reenter: true, actions: ['startRequest', 'takeSlot'] },
          {
            actions: {
              type: 'refuseBusy',
              params: ({ context, event }) => ({
                connectionId: context.connectionId,
                counter: event.counter,
              }),
            },
          },
        ],
        'xstate.done.actor.request0': ended('request0'),
        'xstate.done.actor.request1': ended('request1'),
        'xstate.done.actor.request2': ended('request2'),
        'xstate.done.actor.request3': ended('request3'),
        'xstate.error.actor.request0': ended('request0'),
        'xstate.error.actor.request1': ended('request1'),
        'xstate.error.actor.request2': ended('request2'),
        'xstate.error.actor.request3': ended('request3'),
      },
      after: { idleTimeout: { guard: 'isIdle', target: 'closing' } },
    },
    closing: {
      entry: {
        type: 'closeLink',
        params: ({ context }) => ({ connectionId: context.connectionId }),
      },
      after: { closeTimeout: 'closed' },
    },
    closed: { entry: 'logDisconnected', type: 'final' },
  },
});
