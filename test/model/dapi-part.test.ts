import assert from 'node:assert/strict';
import { dapiPartMachine } from '../../machines/dapi/part.ts';
import { HERE } from '../../machines/dapi/queue.ts';
import { type Model, modelTest } from '../harness/model.ts';
import { failure, live } from './trace.ts';

const WORK = { requestId: 5, index: 1, place: 'worker1', source: 'worker2' };

const model: Model<typeof dapiPartMachine> = {
  input: { ...WORK, workTimeoutMs: 300, timeoutMs: 800 },
  otherInputs: [{ ...WORK, place: HERE, workTimeoutMs: 300, timeoutMs: 800 }],
  events: [
    { type: 'turn.granted' },
    { type: 'work.done', isAnswered: false },
    { type: 'work.failed', failure: failure(3103) },
  ],
  // Its time for the work is over before that.
  excludes: ({ value }, { type }) => value === 'limited' && type.startsWith('xstate.after.deadline'),
  deadlinesMs: { waiting: 800, working: 800, limited: 300 },
  sentBy: { turn: 'work', work: 'work' },
  invariants: {
    'its work begins with it, and ends with it': (trace) => {
      assert.deepEqual(
        trace.all.started.map(({ id, input }) => [id, input]),
        [['work', { ...WORK, place: trace.snapshot.context.place }]],
      );
      assert.deepEqual(live(trace), trace.snapshot.status === 'done' ? [] : ['work']);
    },
    'it answers in its turn only': ({ snapshot, events }) => {
      if (snapshot.value !== 'answered') return;
      assert.deepEqual(
        events.map(({ type }) => type),
        ['turn.granted', 'work.done'],
      );
    },
    'it says which part it was, and why it failed: what is late fails as well': ({ snapshot, events }) => {
      if (snapshot.status !== 'done') return;
      const end = events.at(-1)?.type ?? '';
      const code = end === 'work.failed' ? 3103 : end.startsWith('xstate.after.') ? 3021 : null;
      assert.deepEqual([snapshot.output?.index, snapshot.output?.failure?.code ?? null], [1, code]);
    },
    'its time is limited where it is worked on here, and not where it is brought from elsewhere': ({
      snapshot: { value, context },
    }) => {
      if (value === 'limited') assert.equal(context.place, HERE);
      if (value === 'working') assert.notEqual(context.place, HERE);
    },
  },
};

modelTest(dapiPartMachine, model);
