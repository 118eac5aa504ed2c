import assert from 'node:assert/strict';
import test from 'node:test';
import { createActor, fromCallback } from 'xstate';
import { answersTo, type DapiQueueEvent, dapiQueueMachine, HERE } from '../../machines/dapi/queue.ts';
import { type Model, modelTest } from '../harness/model.ts';
import type { Trace } from '../harness/replay.ts';
import { lastEvent, paramsOf } from './trace.ts';

const PLACES = [HERE, 'worker1'] as const;
/** Who wants what: two parts of one source, and one of another. */
const PARTS = [
  { part: 'a1', source: 'a' },
  { part: 'a2', source: 'a' },
  { part: 'b1', source: 'b' },
] as const;
const LIMITS = {
  maxRunning: 1,
  maxForwarded: 1,
  maxShareOfSource: 1,
  maxAnswers: 1,
  maxLargeAnswers: 1,
  maxWaiting: 2,
  maxWaitingPerSource: 1,
};

type Queue = Trace<{ context: { lanes: Readonly<Record<string, Lane>> } }>;
interface Lane {
  active: readonly { part: string }[];
  waiting: readonly { source: string; parts: readonly string[] }[];
}
const inLane = ({ active, waiting }: Lane) => [
  ...active.map(({ part }) => part),
  ...waiting.flatMap(({ parts }) => parts),
];
/** Parts are named by their places, so that one is nowhere twice. */
const named = (place: string, part: string) => `${place}/${part}`;

const model: Model<typeof dapiQueueMachine> = {
  input: LIMITS,
  events: ({ context }) =>
    PLACES.flatMap((place) =>
      PARTS.flatMap(({ part, source }): DapiQueueEvent[] => {
        const lane = context.lanes[place];
        const isThere = lane !== undefined && inLane(lane).includes(named(place, part));
        return isThere
          ? [{ type: 'turn.leave', place, part: named(place, part) }]
          : [{ type: 'turn.ask', place, source, part: named(place, part) }];
      }),
    ),
  excludes: (_, event) => event.place === undefined,
  key: ({ lanes }) => Object.entries(lanes).sort(),
  invariants: {
    'no more is under way to a place than may be, and nobody waits while there is room': (trace) => {
      for (const { active, waiting } of Object.values((trace as unknown as Queue).snapshot.context.lanes)) {
        assert.ok(active.length <= 1);
        if (waiting.length > 0) assert.equal(active.length, 1);
        for (const { parts } of waiting) assert.ok(parts.length <= LIMITS.maxWaitingPerSource);
      }
    },
    'whoever asks is let in, waits, or is refused with the reason: one of the three': (trace) => {
      const event = lastEvent(trace);
      if (event?.type !== 'turn.ask') return;
      const lane = (trace as unknown as Queue).snapshot.context.lanes[event.place];
      const isActive = lane?.active.some(({ part }) => part === event.part) === true;
      const isWaiting = lane !== undefined && !isActive && inLane(lane).includes(event.part);
      const refusals = paramsOf<{ part: string; failure: { code: number } }>(trace.last, 'refuse');
      assert.equal(Number(isActive) + Number(isWaiting) + refusals.length, 1);
      for (const { failure } of refusals) assert.equal(failure.code, 3110);
      assert.deepEqual(paramsOf(trace.last, 'grant'), isActive ? [{ part: event.part }] : []);
    },
    'each end lets exactly one of those in who wait at that place, the source that was served last after the others':
      (trace) => {
        const event = lastEvent(trace);
        if (event?.type !== 'turn.leave') return;
        const granted = paramsOf<{ part: string }>(trace.last, 'grant').map(({ part }) => part);
        assert.ok(granted.length <= 1);
        for (const part of granted) assert.ok(part.startsWith(`${event.place}/`));
        const lane = (trace as unknown as Queue).snapshot.context.lanes[event.place];
        assert.ok(lane === undefined || !inLane(lane).includes(event.part));
      },
    'a place where nothing happens is forgotten': (trace) => {
      for (const lane of Object.values((trace as unknown as Queue).snapshot.context.lanes))
        assert.ok(inLane(lane).length > 0);
    },
  },
};

modelTest(dapiQueueMachine, model);

/** A queue that was asked for turns, one after the other. */
function queueAsked(asks: readonly [place: string, source: string, part: string][]) {
  const granted: string[] = [];
  const queue = createActor(
    dapiQueueMachine.provide({
      actors: { presence: fromCallback(() => {}) },
      actions: {
        grant: (_, { part }) => granted.push(part),
        refuse: (_, { part }) => granted.push(`no ${part}`),
      },
    }),
    {
      input: {
        maxRunning: 4,
        maxForwarded: 4,
        maxShareOfSource: 0.75,
        maxAnswers: 2,
        maxLargeAnswers: 1,
        maxWaiting: 8,
        maxWaitingPerSource: 8,
      },
    },
  ).start();
  for (const [place, source, part] of asks) queue.send({ type: 'turn.ask', place, source, part });
  return { queue, granted };
}

test('one source never has all places: another gets its turn at once, also behind many of the first', () => {
  const asks = ['a1', 'a2', 'a3', 'a4', 'a5'].map((part) => [HERE, 'a', part] as [string, string, string]);
  const { queue, granted } = queueAsked([...asks, [HERE, 'b', 'b1']]);
  assert.deepEqual(granted, ['a1', 'a2', 'a3', 'b1']);
  queue.send({ type: 'turn.leave', place: HERE, part: 'b1' });
  assert.deepEqual(granted, ['a1', 'a2', 'a3', 'b1']);
  queue.send({ type: 'turn.leave', place: HERE, part: 'a2' });
  assert.deepEqual(granted.at(-1), 'a4');
});

test('long answers over one connection wait for each other, the largest in a row of their own', () => {
  const [small, large] = [answersTo(7, false), answersTo(7, true)];
  const { queue, granted } = queueAsked([
    [small, 'a', 's1'],
    [small, 'a', 's2'],
    [small, 'a', 's3'],
    [large, 'a', 'l1'],
    [large, 'a', 'l2'],
    [answersTo(8, true), 'a', 'other'],
  ]);
  assert.deepEqual(granted, ['s1', 's2', 'l1', 'other']);
  queue.send({ type: 'turn.leave', place: large, part: 'l1' });
  queue.send({ type: 'turn.leave', place: small, part: 's1' });
  assert.deepEqual(granted.slice(4), ['l2', 's3']);
});
