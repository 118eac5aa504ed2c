import assert from 'node:assert/strict';
import { agentInfoReceiveMachine } from '../../machines/agent-info/receive.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { count, lastEvent, live, paramsOf, thrown } from './trace.ts';

const stored = { receivedChunks: 3, updatedChunks: 2, errors: ['agent 7 has no name'], wanted: [9] };

const model: Model<typeof agentInfoReceiveMachine> = {
  input: { connectionId: 7, storeTimeoutMs: 40_000 },
  events: [
    { type: 'rx.syn_a_w_m_p', counter: 31 },
    { type: 'rx.syn_a_w_m', counter: 32, handle: 5 },
    done('store', stored),
    failed('store', thrown(3036)),
  ],
  key: () => 0,
  invariants: {
    'every request of the worker has exactly one answer': (trace) => {
      const event = lastEvent(trace);
      const answers = ['answer', 'refuseBegin', 'replyTask'].flatMap((type) => paramsOf(trace.last, type));
      const isRequest = event?.type.startsWith('rx.') === true;
      assert.deepEqual(
        answers.map(({ connectionId, counter }) => [connectionId, counter]),
        isRequest ? [[7, event?.counter]] : [],
      );
    },
    'what is refused names its string, so that it can be dropped': (trace) => {
      for (const { handle } of paramsOf(trace.last, 'refuseBegin')) assert.equal(handle, 5);
    },
    'one process at a time, and only with permission': (trace) => {
      let isGranted = false;
      let begun = 0;
      let isRunning = false;
      for (const { type } of trace.events) {
        if (type === 'rx.syn_a_w_m_p' && !isRunning) isGranted = true;
        if (type === 'rx.syn_a_w_m' && isGranted) {
          begun += 1;
          isGranted = false;
          isRunning = true;
        }
        if (type.startsWith('xstate.')) isRunning = false;
      }
      assert.equal(trace.all.started.length, begun);
      assert.ok(live(trace).length <= 1);
    },
    'permission is given unless a process runs: every way out of one frees it': (trace) => {
      if (lastEvent(trace)?.type !== 'rx.syn_a_w_m_p') return;
      const [answer] = paramsOf<{ granted: boolean }>(trace.last, 'answer');
      assert.equal(answer?.granted, live(trace).length === 0);
    },
    'the worker hears of every end, once, and so does the log': (trace) => {
      const ends = trace.events.filter(({ type }) => type.startsWith('xstate.'));
      const results = paramsOf(trace.all, 'tellResult');
      const failures = paramsOf<{ failure: { code: number } }>(trace.all, 'tellFailure');
      assert.equal(results.length + failures.length, ends.length);
      assert.equal(count(trace.all, 'logFinished'), results.length);
      assert.equal(count(trace.all, 'logFailed'), failures.length);
      for (const result of results) {
        assert.deepEqual(result, { connectionId: 7, updatedChunks: 2, errors: stored.errors, wanted: [9] });
      }
      for (const { failure } of failures) assert.ok([3036, 3037].includes(failure.code));
    },
  },
};

modelTest(agentInfoReceiveMachine, model);
