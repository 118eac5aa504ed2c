import assert from 'node:assert/strict';
import { stringReceiveMachine } from '../../machines/transfer/string-receive.ts';
import { type Model, modelTest } from '../harness/model.ts';
import { wiredTransfers } from '../harness/wire/services.ts';
import { wireTest } from '../harness/wire/wire.ts';
import { count, failure, heard, lastEvent, live } from './trace.ts';

const model: Model<typeof stringReceiveMachine> = {
  input: {
    connectionId: 7,
    counter: 11,
    handle: 5,
    sizeBytes: 100,
    digest: 'd'.repeat(128),
    progressTimeoutMs: 1_000,
  },
  events: [
    { type: 'sink.opened', offset: 0 },
    { type: 'sink.progress', receivedBytes: 70 },
    { type: 'sink.collected' },
    { type: 'sink.broken', failure: failure(3112) },
    { type: 'cancel', failure: failure(3120) },
  ],
  key: ({ failure }) => failure?.code,
  sentBy: { sink: 'sink' },
  leadsTo: { cancel: ['cancelled'], 'sink.broken': ['failed'] },
  deadlinesMs: { opening: 1_000, receiving: 1_000 },
  invariants: {
    'the announcement has exactly one answer, once it is known whether there is room': ({
      all,
      snapshot,
    }) => {
      assert.equal(count(all, 'accept', 'refuse'), snapshot.value === 'opening' ? 0 : 1);
      for (const { params } of all.actions.filter(({ type }) => type === 'refuse' || type === 'accept')) {
        assert.equal(params.counter, 11);
      }
    },
    'it is done only with a string whose digest was verified': (trace) => {
      if (trace.snapshot.status !== 'done') return;
      const isCollected = lastEvent(trace)?.type === 'sink.collected';
      assert.equal(trace.snapshot.output?.outcome === 'done', isCollected);
      assert.equal(trace.snapshot.output?.failure === null, isCollected);
    },
    'the parent hears of every progress': (trace) => {
      const told = trace.all.toParent.filter(({ type }) => type === 'incoming.progress').length;
      assert.equal(told, heard(trace, 'sink.progress'));
    },
    'it has one start, one outcome, and its memory is given back then': (trace) => {
      const isOver = trace.snapshot.status === 'done';
      assert.equal(count(trace.all, 'noteStart'), 1);
      assert.equal(count(trace.all, 'logOutcome'), isOver ? 1 : 0);
      assert.deepEqual(live(trace), isOver ? [] : ['sink']);
    },
  },
};

modelTest(stringReceiveMachine, model);
wireTest(stringReceiveMachine, model, {
  provide: (services) => wiredTransfers(services).stringReceive,
  answeredBy: ['accept', 'refuse'],
  actors: [],
  first: { counter: 11, command: 'new_str' },
});
