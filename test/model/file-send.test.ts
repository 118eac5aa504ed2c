import assert from 'node:assert/strict';
import { fileSendMachine } from '../../machines/transfer/file-send.ts';
import { modelTest } from '../harness/model.ts';
import { count, failure, heard, lastEvent, live } from './trace.ts';

modelTest(fileSendMachine, {
  input: {
    connectionId: 7,
    path: '/somewhere/file',
    name: 'file',
    sizeBytes: 100,
    digest: 'd'.repeat(128),
    progressTimeoutMs: 1_000,
  },
  events: [
    { type: 'source.accepted', handle: 5, offset: 40 },
    { type: 'source.progress', bytesSent: 20 },
    { type: 'source.streamed', bytesSent: 60 },
    { type: 'source.verified' },
    { type: 'source.withdrawn' },
    { type: 'source.broken', failure: failure(3103) },
    { type: 'cancel' },
  ],
  key: ({ failure, bytesSent }) => [failure?.code, bytesSent],
  sentBy: { source: 'source' },
  leadsTo: { cancel: ['cancelling', 'abandoning'] },
  deadlinesMs: { announcing: 1_000, streaming: 1_000, cancelling: 1_000, abandoning: 1_000 },
  invariants: {
    'it is done when, and only when, the peer has confirmed the whole': (trace) => {
      const { snapshot } = trace;
      const isDone = snapshot.status === 'done' && snapshot.output?.outcome === 'done';
      assert.equal(isDone, lastEvent(trace)?.type === 'source.verified');
      if (isDone)
        assert.deepEqual(snapshot.output, {
          outcome: 'done',
          bytesSent: 60,
          resumedFromBytes: 40,
          failure: null,
        });
    },
    'bytes flow only after the peer made room, and the end is told after the last byte': (trace) => {
      const told = trace.all.told.map(({ event }) => event.type);
      assert.equal(told.filter((type) => type === 'source.stream').length, heard(trace, 'source.accepted'));
      assert.equal(told.filter((type) => type === 'source.finish').length, heard(trace, 'source.streamed'));
    },
    'its parent hears of every byte, once, and before its end': (trace) => {
      const told = trace.all.toParent.filter(({ type }) => type === 'outgoing.progress');
      const bytes = told.reduce((sum, { newBytes }) => sum + newBytes, 0);
      assert.equal(bytes, trace.snapshot.context.bytesSent);
      assert.equal(told.length, heard(trace, 'source.progress') + heard(trace, 'source.streamed'));
      const end = trace.all.toParent.findIndex(({ type }) => type.startsWith('xstate.done'));
      assert.ok(end === -1 || end === trace.all.toParent.length - 1);
    },
    'what was begun and not finished is withdrawn, once, with its reason': ({ all, snapshot }) => {
      const withdrawn = all.told.filter(({ event }) => event.type === 'source.withdraw');
      const isGivenUp = snapshot.context.failure !== null;
      assert.equal(withdrawn.length, isGivenUp ? 1 : 0);
      if (isGivenUp) assert.deepEqual(withdrawn[0]?.event.failure, snapshot.context.failure);
    },
    'it has one start, one outcome, and the file is closed then': (trace) => {
      const isOver = trace.snapshot.status === 'done';
      assert.equal(count(trace.all, 'noteStart'), 1);
      assert.equal(count(trace.all, 'logOutcome'), isOver ? 1 : 0);
      assert.deepEqual(live(trace), isOver ? [] : ['source']);
    },
    'an end that was wished for counts as cancelled, a stall or a loss as failed': ({ snapshot, events }) => {
      if (snapshot.status !== 'done' || snapshot.output?.failure === null) return;
      const wasCancelled = events.some(({ type }) => type === 'cancel');
      assert.equal(snapshot.output?.outcome, wasCancelled ? 'cancelled' : 'failed');
    },
  },
});
