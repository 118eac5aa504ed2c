import assert from 'node:assert/strict';
import {
  DEFAULT_MISMATCH_LIMIT,
  mismatchCounterMachine,
} from '../../machines/agent-groups/mismatch-counter.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { count, lastEvent, live, paramsOf, thrown } from './trace.ts';

const modelOf = (limit: number): Model<typeof mismatchCounterMachine> => ({
  input: { connectionId: 7, limit },
  events: [{ type: 'groups.matched' }, { type: 'groups.differed' }, done('ask'), failed('ask', thrown(3020))],
  key: ({ mismatches, failure }) => [Math.min(mismatches, limit + 1), failure?.code],
  stopWhen: ({ context }) => context.mismatches > limit,
  invariants: {
    'everything is asked for after so many mismatches in a row, and once': (trace) => {
      let row = 0;
      let asked = 0;
      let isAsking = false;
      for (const { type } of trace.events) {
        if (type === 'groups.matched' && !isAsking) row = 0;
        if (type === 'groups.differed' && !isAsking) {
          row += 1;
          if (row >= limit) {
            asked += 1;
            isAsking = true;
          }
        }
        if (type === 'xstate.done.actor.ask') row = 0;
        if (type.startsWith('xstate.')) isAsking = false;
      }
      assert.deepEqual(
        trace.all.started.map(({ src, input }) => [src, input]),
        Array(asked).fill(['ask', { connectionId: 7 }]),
      );
      assert.equal(live(trace).length, isAsking ? 1 : 0);
    },
    'every mismatch that counts is in the log with its number': (trace) => {
      const lines = paramsOf<{ mismatches: number; limit: number }>(trace.last, 'logMismatch');
      if (lastEvent(trace)?.type !== 'groups.differed') assert.deepEqual(lines, []);
      for (const line of lines) {
        assert.deepEqual(line, { mismatches: trace.snapshot.context.mismatches, limit });
      }
    },
    'what the master answered is in the log': ({ all, events }) => {
      const ends = (end: string) => events.filter(({ type }) => type === `xstate.${end}.actor.ask`).length;
      assert.equal(count(all, 'logAsked'), ends('done'));
      assert.equal(count(all, 'logUnasked'), ends('error'));
    },
  },
});

modelTest(mismatchCounterMachine, modelOf(3));
modelTest(mismatchCounterMachine, modelOf(DEFAULT_MISMATCH_LIMIT));
