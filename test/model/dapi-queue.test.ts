import assert from 'node:assert/strict';
import { type DapiQueueEvent, dapiQueueMachine, HERE } from '../../machines/dapi/queue.ts';
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
const LIMITS = { maxRunning: 1, maxForwarded: 1, maxWaiting: 2, maxWaitingPerSource: 1 };

type Queue = Trace<{ context: { lanes: Readonly<Record<string, Lane>> } }>;
interface Lane {
  active: readonly string[];
  waiting: readonly { source: string; parts: readonly string[] }[];
}
const inLane = ({ active, waiting }: Lane) => [...active, ...waiting.flatMap(({ parts }) => parts)];
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
      const isActive = lane?.active.includes(event.part) === true;
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
