import assert from 'node:assert/strict';
import { stringSendMachine } from '../../machines/transfer/string-send.ts';
import { modelTest } from '../harness/model.ts';
import { count, failure, heard, lastEvent, live } from './trace.ts';

modelTest(stringSendMachine, {
  input: {
    connectionId: 7,
    outboxId: 3,
    sizeBytes: 100,
    digest: 'd'.repeat(128),
    progressTimeoutMs: 1_000,
  },
  events: [
    { type: 'source.accepted', handle: 5, offset: 0 },
    { type: 'source.progress', bytesSent: 20 },
    { type: 'source.streamed', bytesSent: 100 },
    { type: 'source.withdrawn' },
    { type: 'source.broken', failure: failure(3103) },
    { type: 'cancel' },
  ],
  key: ({ failure, bytesSent, handle }) => [failure?.code, bytesSent, handle],
  sentBy: { source: 'source' },
  leadsTo: { cancel: ['cancelling', 'abandoning'] },
  deadlinesMs: { announcing: 1_000, streaming: 1_000, cancelling: 1_000, abandoning: 1_000 },
  invariants: {
    'it is done when, and only when, the peer has confirmed every piece, and then has a handle': (trace) => {
      const { snapshot } = trace;
      const isDone = snapshot.status === 'done' && snapshot.output?.outcome === 'done';
      assert.equal(isDone, lastEvent(trace)?.type === 'source.streamed');
      if (isDone) assert.deepEqual([snapshot.output?.handle, snapshot.output?.bytesSent], [5, 100]);
    },
    'pieces flow only after the peer made room': (trace) => {
      const told = trace.all.told.filter(({ event }) => event.type === 'source.stream').length;
      assert.equal(told, heard(trace, 'source.accepted'));
    },
    'what was begun and not finished is withdrawn, once, with its reason': ({ all, snapshot }) => {
      const withdrawn = all.told.filter(({ event }) => event.type === 'source.withdraw');
      const isGivenUp = snapshot.context.failure !== null;
      assert.equal(withdrawn.length, isGivenUp ? 1 : 0);
      if (isGivenUp) assert.deepEqual(withdrawn[0]?.event.failure, snapshot.context.failure);
    },
    'it has one start, one outcome, and the string is let go of then': (trace) => {
      const isOver = trace.snapshot.status === 'done';
      assert.equal(count(trace.all, 'noteStart'), 1);
      assert.equal(count(trace.all, 'logOutcome'), isOver ? 1 : 0);
      assert.deepEqual(live(trace), isOver ? [] : ['source']);
    },
  },
});
