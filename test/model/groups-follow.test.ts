import assert from 'node:assert/strict';
import type { AnyEventObject } from 'xstate';
import { groupsFollowMachine } from '../../machines/agent-groups/follow.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { count, failure, lastEvent, live, paramsOf, thrown } from './trace.ts';

const COUNTER = 'counter';
const PROCESSES = ['receive', 'overwrite'];
const ends = (child: string) => [
  done(child, { outcome: 'stored', matches: true, masterHash: 'a', failure: null }),
  done(child, { outcome: 'stored', matches: true, masterHash: null, failure: null }),
  done(child, { outcome: 'stored', matches: false, masterHash: 'a', failure: null }),
  done(child, { outcome: 'stored', matches: null, masterHash: null, failure: null }),
  done(child, { outcome: 'failed', matches: null, masterHash: null, failure: failure(3036) }),
  failed(child, thrown(1000)),
];

/** The last end of a process; undefined before the first. */
const lastEnd = ({ events }: { events: readonly AnyEventObject[] }) =>
  events.findLast(({ type }) => /actor\.(receive|overwrite)$/.test(type));

const model: Model<typeof groupsFollowMachine> = {
  input: { connectionId: 7, storeTimeoutMs: 40_000, settleMs: 30_000, mismatchLimit: 10 },
  events: [
    { type: 'rx.syn_g_m_w', counter: 31, handles: [5] },
    { type: 'rx.syn_g_m_w_c', counter: 32, handles: [6] },
    { type: 'groups.changed' },
    ...ends('receive'),
    ...ends('overwrite'),
    done('readHash', { hash: 'a' }),
    done('readHash', { hash: null }),
    failed('readHash', thrown(2005)),
    done('ask'),
    failed('ask', thrown(3103)),
  ],
  key: ({ masterHash, failure }) => [masterHash, failure?.code],
  invariants: {
    'the counter lives as long as the connection, and keeps its limit': (trace) => {
      assert.ok(live(trace).includes(COUNTER));
      const counters = trace.all.started.filter(({ src }) => src === COUNTER);
      assert.deepEqual(
        counters.map(({ input }) => input),
        [{ connectionId: 7, limit: 10 }],
      );
    },
    'every string of the master is taken by one process or refused': (trace) => {
      const event = lastEvent(trace);
      const begun = trace.last.started.filter(({ src }) => PROCESSES.includes(src));
      const refused = paramsOf(trace.last, 'refuse');
      const isRequest = event?.type.startsWith('rx.') === true;
      assert.equal(begun.length + refused.length, isRequest ? 1 : 0);
      const { counter, handles } = event ?? { counter: 0, handles: [] };
      for (const { src, input } of begun) {
        assert.equal(src, event?.type === 'rx.syn_g_m_w' ? 'receive' : 'overwrite');
        const task = `agent-groups-7-${counter}`;
        assert.deepEqual(input, { connectionId: 7, counter, handles, task, storeTimeoutMs: 40_000 });
      }
      for (const refusal of refused) assert.deepEqual(refusal, { connectionId: 7, counter, handles });
    },
    'one process at a time, and no look beside it': (trace) =>
      assert.ok(live(trace).filter((id) => id !== COUNTER).length <= 1),
    'the counter hears of every comparison with what came, and of nothing else': ({ all, events }) => {
      const compared = events.map(({ output }) => output?.matches).filter((m) => typeof m === 'boolean');
      assert.deepEqual(
        all.told.map(({ child, event: { type } }) => [child, type]),
        compared.map((matches) => [COUNTER, matches ? 'groups.matched' : 'groups.differed']),
      );
    },
    'it looks only where its checksum was equal the last time': (trace) => {
      const isLooking = trace.last.started.some(({ src }) => src === 'readHash');
      if (isLooking) assert.equal(lastEnd(trace)?.output?.matches, true);
    },
    'a change of the store that was in step leads to a look, always': (trace) => {
      if (lastEvent(trace)?.type !== 'groups.changed') return;
      const { value } = trace.snapshot;
      const isInStep = lastEnd(trace)?.output?.matches === true;
      const asked = trace.events.findLastIndex(({ type }) => type === 'xstate.done.actor.ask');
      const hasAsked = asked > trace.events.lastIndexOf(lastEnd(trace) as AnyEventObject);
      const isResting = typeof value === 'object' && !live(trace).includes('ask');
      if (isInStep && !hasAsked && isResting) assert.deepEqual(value, { resting: 'settling' });
    },
    'everything is asked for where the checksum is no more the one that was equal, and said so': (trace) => {
      const asks = trace.last.started.filter(({ src }) => src === 'ask');
      assert.deepEqual(
        asks.map(({ input }) => input),
        asks.map(() => ({ connectionId: 7 })),
      );
      const event = lastEvent(trace);
      const equal = lastEnd(trace)?.output?.masterHash;
      const isStray = event?.type === 'xstate.done.actor.readHash' && event.output.hash !== equal;
      assert.equal(asks.length, isStray ? 1 : 0);
      assert.equal(count(trace.last, 'logStrayed'), asks.length);
    },
    'what could not be asked or looked at is tried again': (trace) => {
      const event = lastEvent(trace);
      const isFailure = /^xstate\.(error\.actor\.(ask|readHash)$|after\.lookTimeout)/.test(event?.type ?? '');
      if (isFailure) assert.deepEqual(trace.snapshot.value, { resting: 'settling' });
      assert.equal(count(trace.last, 'logUnasked', 'logUnlooked'), isFailure ? 1 : 0);
    },
    'the master is told of a crash': (trace) => {
      const end = lastEvent(trace)?.type ?? '';
      const isCrash = PROCESSES.some((process) => end === `xstate.error.actor.${process}`);
      const told = paramsOf<{ isFull: boolean; task: string }>(trace.last, 'tellCrash');
      assert.equal(told.length, isCrash ? 1 : 0);
      for (const { isFull, task } of told) {
        assert.equal(isFull, end === 'xstate.error.actor.overwrite');
        assert.equal(task, `agent-groups-7-${isFull ? 32 : 31}`);
      }
    },
  },
};

modelTest(groupsFollowMachine, model);
