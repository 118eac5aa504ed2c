import assert from 'node:assert/strict';
import { fileReceiveMachine } from '../../machines/transfer/file-receive.ts';
import { type Model, modelTest } from '../harness/model.ts';
import { wiredTransfers } from '../harness/wire/services.ts';
import { wireTest } from '../harness/wire/wire.ts';
import { count, failure, heard, lastEvent, live, paramsOf } from './trace.ts';

const digest = 'd'.repeat(128);
const ANNOUNCEMENT = 11;
const END = 12;

const model: Model<typeof fileReceiveMachine> = {
  input: {
    connectionId: 7,
    counter: ANNOUNCEMENT,
    handle: 5,
    name: 'file',
    sizeBytes: 100,
    digest,
    progressTimeoutMs: 1_000,
  },
  events: [
    { type: 'sink.opened', offset: 40 },
    { type: 'sink.progress', receivedBytes: 70 },
    { type: 'sink.verified', file: '/spool/5', sizeBytes: 300 },
    { type: 'sink.broken', failure: failure(3112) },
    { type: 'rx.file_end', counter: END, digest },
    { type: 'cancel', failure: failure(3120) },
  ],
  key: ({ receivedBytes, failure }) => [receivedBytes, failure?.code],
  sentBy: { sink: 'sink' },
  leadsTo: { cancel: ['cancelled'], 'sink.broken': ['failed'] },
  deadlinesMs: { opening: 1_000, receiving: 1_000 },
  invariants: {
    'the announcement has exactly one answer, once it is known whether there is room': ({
      all,
      snapshot,
    }) => {
      const answers = all.actions.filter(
        ({ type, params }) => (type === 'accept' || type === 'refuse') && params.counter === ANNOUNCEMENT,
      );
      assert.equal(answers.length <= 1, true);
      if (snapshot.value === 'opening') assert.equal(answers.length, 0);
      else if (snapshot.status === 'active') assert.equal(answers[0]?.type, 'accept');
      else assert.equal(answers.length, 1);
    },
    'every file_end has one answer: at once where it does not fit, else the verdict': (trace) => {
      const answers = trace.all.actions.filter(
        ({ type, params }) =>
          (type === 'acknowledge' || type === 'refuse') && params.counter !== ANNOUNCEMENT,
      );
      const waiting = trace.snapshot.value === 'verifying' ? 1 : 0;
      const asked = heard(trace, 'rx.file_end');
      assert.equal(answers.length, asked - waiting);
    },
    'it is done only with a file whose digest was verified': (trace) => {
      const { snapshot } = trace;
      if (snapshot.status !== 'done') return;
      const isVerified = lastEvent(trace)?.type === 'sink.verified';
      assert.equal(snapshot.output?.outcome === 'done', isVerified);
      assert.equal(snapshot.output?.file, isVerified ? '/spool/5' : null);
      assert.equal(snapshot.output?.failure === null, isVerified);
      assert.equal(count(trace.all, 'acknowledge'), isVerified ? 1 : 0);
    },
    'the parent hears of every progress': (trace) => {
      const told = trace.all.toParent.filter(({ type }) => type === 'incoming.progress').length;
      assert.equal(told, heard(trace, 'sink.progress'));
    },
    'it has one start, one outcome, and the file is closed then': (trace) => {
      const isOver = trace.snapshot.status === 'done';
      assert.equal(count(trace.all, 'noteStart'), 1);
      assert.equal(paramsOf(trace.all, 'logOutcome').length, isOver ? 1 : 0);
      assert.deepEqual(live(trace), isOver ? [] : ['sink']);
    },
  },
};

modelTest(fileReceiveMachine, model);
wireTest(fileReceiveMachine, model, {
  provide: (services) => wiredTransfers(services).fileReceive,
  answeredBy: ['accept', 'acknowledge', 'refuse'],
  actors: [],
  first: { counter: ANNOUNCEMENT, command: 'new_file' },
});
