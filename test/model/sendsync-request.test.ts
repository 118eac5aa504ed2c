import assert from 'node:assert/strict';
import { sendsyncRequestMachine } from '../../machines/sendsync/request.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { count, lastEvent, live, paramsOf, thrown } from './trace.ts';

const model: Model<typeof sendsyncRequestMachine> = {
  input: { requestId: 5, timeoutMs: 1_000 },
  events: [
    done('ask'),
    failed('ask', thrown(1013)),
    done('notify'),
    failed('notify', thrown(3103)),
    { type: 'cancel' },
    { type: 'origin.lost' },
    { type: 'shutdown' },
  ],
  key: ({ failure }) => failure?.code,
  leadsTo: { cancel: ['dropped', 'notifying'], 'origin.lost': ['dropped'], shutdown: ['failed', 'answered'] },
  deadlinesMs: { asking: 1_000 },
  invariants: {
    'the worker hears one outcome: the answer of the service, or why there is none': (trace) => {
      const { all, snapshot } = trace;
      assert.equal(count(all, 'finish'), snapshot.status === 'done' ? 1 : 0);
      const notified = all.started.filter(({ id }) => id === 'notify').length;
      assert.ok(notified + count(all, 'refuse') <= 1);
      if (snapshot.value === 'answered') assert.equal(notified, 1);
      assert.equal(count(all, 'refuse'), snapshot.value === 'failed' ? 1 : 0);
    },
    'the service is asked once, and nothing goes on after the outcome': (trace) => {
      assert.equal(trace.all.started.filter(({ id }) => id === 'ask').length, 1);
      if (trace.snapshot.status === 'done') assert.deepEqual(live(trace), []);
    },
    'it fails with the reason of its end': (trace) => {
      const [refusal] = paramsOf<{ failure: { code: number } }>(trace.last, 'refuse');
      if (refusal === undefined) return;
      const { type, error } = lastEvent(trace) ?? { type: '' };
      const code = type.startsWith('xstate.after.') ? 3020 : type === 'shutdown' ? 3125 : error?.code;
      assert.equal(refusal.failure.code, code);
    },
  },
};

modelTest(sendsyncRequestMachine, model);
