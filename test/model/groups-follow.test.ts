import assert from 'node:assert/strict';
import { groupsFollowMachine } from '../../machines/agent-groups/follow.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { failure, lastEvent, live, paramsOf, thrown } from './trace.ts';

const COUNTER = 'counter';
const ends = (child: string) => [
  done(child, { outcome: 'stored', matches: true, failure: null }),
  done(child, { outcome: 'stored', matches: false, failure: null }),
  done(child, { outcome: 'stored', matches: null, failure: null }),
  done(child, { outcome: 'failed', matches: null, failure: failure(3036) }),
  failed(child, thrown(1000)),
];

const model: Model<typeof groupsFollowMachine> = {
  input: { connectionId: 7, storeTimeoutMs: 40_000, mismatchLimit: 10 },
  events: [
    { type: 'rx.syn_g_m_w', counter: 31, handle: 5 },
    { type: 'rx.syn_g_m_w_c', counter: 32, handle: 6 },
    ...ends('receive'),
    ...ends('overwrite'),
  ],
  key: () => 0,
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
      const begun = trace.last.started.filter(({ src }) => src !== COUNTER);
      const refused = paramsOf(trace.last, 'refuse');
      const isRequest = event?.type.startsWith('rx.') === true;
      assert.equal(begun.length + refused.length, isRequest ? 1 : 0);
      for (const { src, input } of begun) {
        assert.equal(src, event?.type === 'rx.syn_g_m_w' ? 'receive' : 'overwrite');
        const { counter, handle } = event ?? { counter: 0, handle: 0 };
        const task = `agent-groups-7-${counter}`;
        assert.deepEqual(input, { connectionId: 7, counter, handle, task, storeTimeoutMs: 40_000 });
      }
      for (const refusal of refused) {
        const { counter, handle } = event ?? { counter: 0, handle: 0 };
        assert.deepEqual(refusal, { connectionId: 7, counter, handle });
      }
    },
    'one process at a time': (trace) => assert.ok(live(trace).filter((id) => id !== COUNTER).length <= 1),
    'the counter hears of every comparison, and of nothing else': ({ all, events }) => {
      const compared = events.map(({ output }) => output?.matches).filter((m) => typeof m === 'boolean');
      assert.deepEqual(
        all.told.map(({ child, event: { type } }) => [child, type]),
        compared.map((matches) => [COUNTER, matches ? 'groups.matched' : 'groups.differed']),
      );
    },
    'the master is told of a crash': (trace) => {
      const isCrash = lastEvent(trace)?.type.startsWith('xstate.error.') === true;
      const told = paramsOf<{ isFull: boolean; task: string }>(trace.last, 'tellCrash');
      assert.equal(told.length, isCrash ? 1 : 0);
      const command = trace.events.findLast(({ type }) => type.startsWith('rx.syn_g_'));
      for (const { isFull, task } of told) {
        assert.ok(task.startsWith('agent-groups-7-') && command !== undefined);
        assert.equal(isFull, lastEvent(trace)?.type === 'xstate.error.actor.overwrite');
      }
    },
  },
};

modelTest(groupsFollowMachine, model);
