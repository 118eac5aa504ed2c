import { assign, setup } from 'xstate';
import type { Failure } from '../failure.ts';
import { actionNotProvided, callbackNotProvided } from '../not-provided.ts';
import * as lanes from './lanes.ts';

/** The place of what a node works out itself; names of nodes have no such letter. */
export const HERE = '*here';
/** Where the long answers wait that go out over one connection; the largest have a row of their own. */
export const answersTo = (connectionId: number, isLarge: boolean) =>
  `${isLarge ? LARGE_ANSWERS : ANSWERS}${connectionId}`;
const ANSWERS = '*answers-';
const LARGE_ANSWERS = '*large-answers-';

export interface DapiQueueInput {
  /** Parts that this node works on at once. */
  maxRunning: number;
  /** Parts under way to one other node at once. */
  maxForwarded: number;
  /** Part of these places that one source may have: others get their turn beside whoever asks much. */
  maxShareOfSource: number;
  /** Long answers that go out over one connection at once, and how many of the largest. */
  maxAnswers: number;
  maxLargeAnswers: number;
  /** Parts that wait for one place. */
  maxWaiting: number;
  /** And of these, those of one source. */
  maxWaitingPerSource: number;
}

interface DapiQueueContext extends DapiQueueInput {
  /** By place; places where nothing happens are left out. */
  lanes: Readonly<Record<string, lanes.Lane>>;
}

export type DapiQueueEvent =
  /** A part wants its turn at a place; `source` is the client or node that it is for. */
  | { type: 'turn.ask'; place: string; source: string; part: string }
  /** A part has ended, or wants its turn no longer. */
  | { type: 'turn.leave'; place: string; part: string };

const laneOf = ({ lanes: all }: DapiQueueContext, place: string): lanes.Lane =>
  Object.hasOwn(all, place) ? (all[place] ?? lanes.emptyLane) : lanes.emptyLane;

function limitsOf(context: DapiQueueContext, place: string): lanes.LaneLimits {
  const ofAnswers = (max: number) => ({ max, maxOfSource: max });
  if (place.startsWith(ANSWERS)) return ofAnswers(context.maxAnswers);
  if (place.startsWith(LARGE_ANSWERS)) return ofAnswers(context.maxLargeAnswers);
  const max = place === HERE ? context.maxRunning : context.maxForwarded;
  return { max, maxOfSource: Math.ceil(max * context.maxShareOfSource) };
}

function put(context: DapiQueueContext, place: string, lane: lanes.Lane) {
  const { [place]: _before, ...others } = context.lanes;
  return { lanes: lanes.isEmpty(lane) ? others : { ...others, [place]: lane } };
}

type Ask = Extract<DapiQueueEvent, { type: 'turn.ask' }>;
type Leave = Extract<DapiQueueEvent, { type: 'turn.leave' }>;

const asked = { params: ({ event }: { event: Ask }) => event };
const left = { params: ({ event }: { event: Leave }) => event };

/**
 * Who works on what at one node: a row for each place, the node itself and every node that it forwards to, so that a slow
 * node holds up nobody but those who want something of it, and one for the long answers of each connection. In a row the
 * clients and nodes take turns. Specification: Distributed API requests, 3 and 6.
 *
 * Provided by src/node: `presence` lets parts find the queue, `grant` and `refuse` tell a part.
 */
export const dapiQueueMachine = setup({
  types: { context: {} as DapiQueueContext, input: {} as DapiQueueInput, events: {} as DapiQueueEvent },
  actors: { presence: callbackNotProvided<{ type: 'none' }, undefined>('presence') },
  actions: {
    grant: (_, _params: { part: string }) => actionNotProvided('grant')(),
    refuse: (_, _params: { part: string; failure: Failure }) => actionNotProvided('refuse')(),
    begin: assign(({ context }, { place, source, part }: Ask) =>
      put(context, place, lanes.begin(laneOf(context, place), source, part)),
    ),
    enqueue: assign(({ context }, { place, source, part }: Ask) =>
      put(context, place, lanes.enqueue(laneOf(context, place), source, part)),
    ),
    leave: assign(({ context }, { place, part }: Leave) =>
      put(context, place, lanes.without(laneOf(context, place), part)),
    ),
    beginNext: assign(({ context }, { place }: Leave) =>
      put(context, place, lanes.beginNext(laneOf(context, place), limitsOf(context, place))),
    ),
  },
  guards: {
    hasRoom: ({ context }, { place, source }: Ask) =>
      lanes.hasRoom(laneOf(context, place), source, limitsOf(context, place)),
    mayWait: ({ context }, { place, source }: Ask) =>
      lanes.waitingIn(laneOf(context, place)) < context.maxWaiting &&
      lanes.waitingOf(laneOf(context, place), source) < context.maxWaitingPerSource,
    /** Its end lets another one begin. */
    makesRoom: ({ context }, { place, part }: Leave) => {
      const left = lanes.without(laneOf(context, place), part);
      return lanes.next(left, limitsOf(context, place)) !== null;
    },
  },
}).createMachine({
  id: 'dapiQueue',
  context: ({ input }) => ({ ...input, lanes: {} }),
  invoke: { id: 'presence', src: 'presence' },
  initial: 'open',
  states: {
    open: {
      on: {
        'turn.ask': [
          {
            guard: { type: 'hasRoom', ...asked },
            actions: [
              { type: 'begin', ...asked },
              { type: 'grant', params: ({ event: { part } }) => ({ part }) },
            ],
          },
          { guard: { type: 'mayWait', ...asked }, actions: { type: 'enqueue', ...asked } },
          {
            actions: {
              type: 'refuse',
              params: ({ event: { part, place } }) => ({
                part,
                failure: {
                  code: 3110,
                  message: `too many requests wait ${place.startsWith('*') ? 'here' : `for ${place}`}`,
                },
              }),
            },
          },
        ],
        'turn.leave': [
          {
            guard: { type: 'makesRoom', ...left },
            actions: [
              { type: 'leave', ...left },
              {
                type: 'grant',
                params: ({ context, event: { place } }) => ({
                  part: lanes.next(laneOf(context, place), limitsOf(context, place)) ?? '',
                }),
              },
              { type: 'beginNext', ...left },
            ],
          },
          { actions: { type: 'leave', ...left } },
        ],
      },
    },
  },
});
