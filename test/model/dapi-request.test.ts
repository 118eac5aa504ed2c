import assert from 'node:assert/strict';
import { dapiRequestMachine } from '../../machines/dapi/request.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { count, failure, lastEvent, live, paramsOf, thrown } from './trace.ts';

const STRING = { outboxId: 3, sizeBytes: 90_000, digest: 'd'.repeat(128) };
const PARTS = ['part-0', 'part-1'];
const sent = { outcome: 'done', handle: 8, bytesSent: 90_000, failure: null };

const INPUT = { requestId: 5, connectionId: 7, source: 'worker1', timeoutMs: 1_000, progressTimeoutMs: 400 };

const model: Model<typeof dapiRequestMachine> = {
  input: { ...INPUT, place: null },
  otherInputs: [{ ...INPUT, place: 'worker2' }],
  events: ({ children }) => [
    done('decide', { places: ['worker1', 'worker2'] }),
    done('decide', { places: ['worker2'] }),
    done('decide', { places: [] }),
    { type: 'turn.granted' },
    { type: 'turn.refused', failure: failure(3110) },
    done('workAlone', { isAnswered: true }),
    done('workAlone', { isAnswered: false }),
    failed('workAlone', thrown(3103)),
    failed('decide', thrown(3300)),
    ...PARTS.filter((part) => Object.hasOwn(children, part)).flatMap((part, index) => [
      done(part, { index, failure: null }),
      done(part, { index, failure: failure(3103) }),
      failed(part, thrown(1000)),
    ]),
    done('answer', { string: null }),
    done('answer', { string: STRING }),
    failed('answer', thrown(3301)),
    done('stringSend', sent),
    done('stringSend', { outcome: 'failed', handle: null, bytesSent: 0, failure: failure(3113) }),
    done('stringSend', { outcome: 'cancelled', handle: null, bytesSent: 0, failure: null }),
    failed('stringSend', thrown(1000)),
    { type: 'cancel' },
    { type: 'origin.lost' },
    { type: 'shutdown' },
  ],
  key: ({ open, failure, string }) => [open, failure?.code, string !== null],
  leadsTo: { cancel: ['dropped'], 'origin.lost': ['dropped'], shutdown: ['failed'] },
  invariants: {
    'it has exactly one outcome, and whoever asked hears it once: an answer or a failure, never both': (
      trace,
    ) => {
      const { all, snapshot } = trace;
      assert.equal(count(all, 'finish'), snapshot.status === 'done' ? 1 : 0);
      const outcome = snapshot.output?.outcome ?? null;
      assert.equal(count(all, 'refuse'), outcome === 'failed' ? 1 : 0);
      if (count(all, 'notify') > 0) assert.equal(outcome, 'answered');
      if (outcome !== 'answered') return;
      // A short answer was sent by the effect that made it, a long one is told of.
      const wasLong = all.started.some(({ id }) => id === 'stringSend');
      assert.equal(count(all, 'notify'), wasLong ? 1 : 0);
    },
    'nothing goes on after the outcome': (trace) => {
      if (trace.snapshot.status === 'done') assert.deepEqual(live(trace), []);
    },
    'the answer is made when every part has ended, and not before': (trace) => {
      const ends = trace.events.filter(({ type }) => /\.actor\.part-/.test(type)).length;
      const begun = trace.all.started.filter(({ src }) => src === 'part').length;
      if (trace.all.started.some(({ id }) => id === 'answer')) assert.equal(ends, begun);
      // What has one place notes its end itself, and only a failure.
      const isUndivided = trace.all.started.some(({ id }) => id === 'turn');
      if (!isUndivided) assert.equal(count(trace.all, 'notePart'), ends);
    },
    'the only place is worked on in its turn, and a turn that is refused fails it': (trace) => {
      const began = trace.all.started.some(({ id }) => id === 'workAlone');
      const granted = trace.events.some(({ type }) => type === 'turn.granted');
      if (began) assert.ok(granted);
      const notes = paramsOf<{ failure: { code: number } }>(trace.last, 'notePart');
      if (lastEvent(trace)?.type === 'turn.refused' && notes.length > 0)
        assert.deepEqual(notes, [{ requestId: 5, index: 0, failure: failure(3110) }]);
    },
    'every part is started once, at its place': (trace) => {
      const started = trace.last.started.filter(({ src }) => src === 'part').map(({ input }) => input);
      if (started.length === 0) return;
      assert.deepEqual(
        started,
        ['worker1', 'worker2'].map((place, index) => ({ requestId: 5, index, place, source: 'worker1' })),
      );
    },
    'whatever it does, its deadline ends it': (trace) => {
      if (trace.snapshot.status === 'active') {
        const left = trace.cast.live.length;
        assert.ok(left > 0, 'something is under way');
        assert.ok(Object.keys(trace.snapshot.value).includes('working'), 'and the deadline is about it');
      }
    },
    'a long answer is told of after it was sent, by its handle': (trace) => {
      const notified = paramsOf(trace.all, 'notify');
      if (notified.length === 0) return;
      assert.deepEqual(notified, [{ requestId: 5, handle: 8 }]);
      assert.equal(lastEvent(trace)?.type, 'xstate.done.actor.stringSend');
    },
    'it fails with the reason of its end': (trace) => {
      const [refusal] = paramsOf<{ failure: { code: number } }>(trace.last, 'refuse');
      if (refusal === undefined) return;
      const { type, error, output } = lastEvent(trace) ?? { type: '' };
      const code = type.startsWith('xstate.after.')
        ? 3021
        : type === 'shutdown'
          ? 3125
          : (error?.code ?? output?.failure?.code ?? 3016);
      assert.equal(refusal.failure.code, code);
    },
  },
};

modelTest(dapiRequestMachine, model);
