import { assign, type DoneActorEvent, type ErrorActorEvent, setup, spawnChild, stopChild } from 'xstate';
import { type Failure, failureOf } from '../failure.ts';
import { actionNotProvided, callbackNotProvided } from '../not-provided.ts';
import { localRequestMachine } from './local-request.ts';

export interface LocalHandlerInput {
  connectionId: number;
  /** Longest time for one answer. */
  requestTimeoutMs: number;
  /** A client that asks nothing for so long is dropped. */
  idleTimeoutMs: number;
  closeTimeoutMs: number;
  /** Requests that are worked on at once; further ones are refused. */
  maxRequests: number;
}

interface BusySlot {
  readonly slot: string;
  readonly counter: number;
  readonly isAcknowledged: boolean;
}

interface LocalHandlerContext extends LocalHandlerInput {
  /** The requests under way. */
  busy: readonly BusySlot[];
  failure: Failure | null;
}

export type LocalHandlerEvent =
  /** `isAcknowledged`: whoever asks is told that it is taken, and of the answer behind that. */
  | { type: 'rx.request'; counter: number; command: string; args: object; isAcknowledged: boolean }
  | { type: 'rx.echo'; counter: number; data: string }
  | { type: 'rx.dapi'; counter: number }
  | { type: 'rx.dapi_fwd'; counter: number }
  | { type: 'rx.cancel_task'; counter: number }
  | { type: 'link.closed'; failure: Failure | null }
  | DoneActorEvent<unknown, string>
  | ErrorActorEvent<unknown, string>
  | { type: 'shutdown' };

type Request = Extract<LocalHandlerEvent, { type: 'rx.request' }>;
type Address = { connectionId: number; counter: number };
type Crashed = Address & { failure: Failure };
type Args = { context: LocalHandlerContext; event: LocalHandlerEvent };

/** Ids are used again: XState remembers every one that ever was. */
const slotId = (index: number) => `request-${index}`;

function freeSlot({ busy, maxRequests }: LocalHandlerContext): string | null {
  for (let index = 0; index < maxRequests; index += 1) {
    if (!busy.some(({ slot }) => slot === slotId(index))) return slotId(index);
  }
  return null;
}

const slotIn = (context: LocalHandlerContext): string => {
  const slot = freeSlot(context);
  if (slot === null) throw new Error('no request slot is free');
  return slot;
};
const addressed = ({ context, event }: Args): Address => ({
  connectionId: context.connectionId,
  counter: 'counter' in event ? event.counter : 0,
});
const handOver = { actions: { type: 'handToRequests' as const, params: addressed } };
const handOvers = { 'rx.dapi': handOver, 'rx.dapi_fwd': handOver, 'rx.cancel_task': handOver };
const used = { ...handOver, target: 'used' as const };
const free = [
  { type: 'dropRequest' as const, params: ({ event }: { event: { actorId: string } }) => event.actorId },
  { type: 'releaseSlot' as const, params: ({ event }: { event: { actorId: string } }) => event.actorId },
] as const;
/** The time without requests begins anew. */
const ended = { target: '.quiet' as const, actions: free };
const crashedWith = {
  params: ({
    context: { connectionId, busy },
    event: { actorId, error },
  }: {
    context: LocalHandlerContext;
    event: ErrorActorEvent<unknown, string>;
  }) => ({
    connectionId,
    counter: busy.find(({ slot }) => slot === actorId)?.counter ?? 0,
    failure: failureOf(error),
  }),
};
/** Whoever asked is told that there will be no answer. */
const crashed = [
  {
    ...ended,
    guard: {
      type: 'wasAcknowledged' as const,
      params: ({ event }: { event: ErrorActorEvent<unknown, string> }) => event.actorId,
    },
    actions: [{ type: 'tellCrashed' as const, ...crashedWith }, ...free] as const,
  },
  { ...ended, actions: [{ type: 'refuseCrashed' as const, ...crashedWith }, ...free] as const },
];

/**
 * One client of the local socket: a tool on the same machine. Requests of the distributed API are handed over and answered
 * later; any other is a child of its own until it is answered. Specification: Local protocol.
 */
export const localHandlerMachine = setup({
  types: {
    context: {} as LocalHandlerContext,
    input: {} as LocalHandlerInput,
    events: {} as LocalHandlerEvent,
    children: {} as Record<string, 'localRequest'>,
  },
  actors: {
    link: callbackNotProvided<{ type: 'none' }, { connectionId: number }>('link'),
    localRequest: localRequestMachine,
  },
  actions: {
    closeLink: (_, _params: { connectionId: number }) => actionNotProvided('closeLink')(),
    dropIncomplete: (_, _params: { connectionId: number }) => actionNotProvided('dropIncomplete')(),
    refuseBusy: (_, _params: Address) => actionNotProvided('refuseBusy')(),
    refuseCrashed: (_, _params: Crashed) => actionNotProvided('refuseCrashed')(),
    /** The same for one that was acknowledged. */
    tellCrashed: (_, _params: Crashed) => actionNotProvided('tellCrashed')(),
    /** Says that it is taken, and no more. */
    acknowledge: (_, _params: Address) => actionNotProvided('acknowledge')(),
    echo: (_, _params: Address & { data: string }) => actionNotProvided('echo')(),
    handToRequests: (_, _params: Address) => actionNotProvided('handToRequests')(),
    startRequest: spawnChild('localRequest', {
      id: ({ context }) => slotIn(context),
      input: ({ context, event }) => {
        if (event.type !== 'rx.request') throw new Error(`no request in ${event.type}`);
        const { counter, command, args, isAcknowledged } = event;
        const { connectionId, requestTimeoutMs: timeoutMs } = context;
        return { connectionId, counter, command, args, isAcknowledged, timeoutMs };
      },
    }),
    takeSlot: assign({
      busy: ({ context, event }) => {
        if (event.type !== 'rx.request') throw new Error(`no request in ${event.type}`);
        const { counter, isAcknowledged } = event;
        return [...context.busy, { slot: slotIn(context), counter, isAcknowledged }];
      },
    }),
    dropRequest: stopChild((_, id: string) => id),
    releaseSlot: assign({
      busy: ({ context }, id: string) => context.busy.filter(({ slot }) => slot !== id),
    }),
    keepFailure: assign({ failure: (_, failure: Failure | null) => failure }),
    logDisconnected: actionNotProvided('logDisconnected'),
  },
  guards: {
    isTakenAtOnce: ({ context }, { isAcknowledged }: Request) => isAcknowledged && freeSlot(context) !== null,
    wasAcknowledged: ({ context }, id: string) =>
      context.busy.some(({ slot, isAcknowledged }) => slot === id && isAcknowledged),
    hasFreeSlot: ({ context }) => freeSlot(context) !== null,
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
      initial: 'quiet',
      on: {
        'rx.request': [
          {
            guard: { type: 'isTakenAtOnce', params: ({ event }) => event },
            target: '.quiet',
            actions: [{ type: 'acknowledge', params: addressed }, 'startRequest', 'takeSlot'],
          },
          { guard: 'hasFreeSlot', target: '.quiet', actions: ['startRequest', 'takeSlot'] },
          { actions: { type: 'refuseBusy', params: addressed } },
        ],
        'rx.echo': {
          target: '.quiet',
          actions: { type: 'echo', params: (args) => ({ ...addressed(args), data: args.event.data }) },
        },
        'xstate.done.actor.*': ended,
        'xstate.error.actor.*': crashed,
      },
      states: {
        quiet: {
          on: { 'rx.dapi': used, 'rx.dapi_fwd': used, 'rx.cancel_task': used },
          after: {
            idleTimeout: {
              guard: 'isIdle',
              target: '#localHandler.closing',
              actions: {
                type: 'dropIncomplete',
                params: ({ context }) => ({ connectionId: context.connectionId }),
              },
            },
          },
        },
        // There may be thousands of these a second: the time without requests does not begin anew with each.
        used: { on: handOvers, after: { idleTimeout: 'quiet' } },
      },
    },
    closing: {
      // It closes already.
      on: { shutdown: {} },
      entry: {
        type: 'closeLink',
        params: ({ context }) => ({ connectionId: context.connectionId }),
      },
      after: { closeTimeout: 'closed' },
    },
    closed: { entry: 'logDisconnected', type: 'final' },
  },
});
