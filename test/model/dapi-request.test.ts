import assert from 'node:assert/strict';
import { HERE } from '../../machines/dapi/queue.ts';
import { dapiRequestMachine } from '../../machines/dapi/request.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { count, failure, lastEvent, live, paramsOf, thrown } from './trace.ts';

const STRING = { outboxId: 3, sizeBytes: 90_000, digest: 'd'.repeat(128) };
const PARTS = ['part-0', 'part-1'];
const sent = { outcome: 'done', handle: 8, bytesSent: 90_000, failure: null };

const INPUT = {
  requestId: 5,
  connectionId: 7,
  source: 'worker1',
  timeoutMs: 1_000,
  workTimeoutMs: null,
  progressTimeoutMs: 400,
};

const model: Model<typeof dapiRequestMachine> = {
  input: { ...INPUT, place: null },
  otherInputs: [
    { ...INPUT, place: 'worker2' },
    { ...INPUT, place: HERE, workTimeoutMs: 300 },
  ],
  events: ({ children }) => [
    done('decide', { places: ['worker1', 'worker2'], partTimeoutMs: 800 }),
    done('decide', { places: ['worker2'], partTimeoutMs: 1_000 }),
    done('decide', { places: [], partTimeoutMs: 1_000 }),
    { type: 'turn.granted' },
    { type: 'work.done', isAnswered: true },
    { type: 'work.done', isAnswered: false },
    { type: 'work.failed', failure: failure(3103) },
    failed('decide', thrown(3300)),
    ...PARTS.filter((part) => Object.hasOwn(children, part)).flatMap((part, index) => [
      done(part, { index, failure: null }),
      done(part, { index, failure: failure(3103) }),
      failed(part, thrown(1000)),
    ]),
    done('answer', { string: null }),
    done('answer', { string: STRING }),
    failed('answer', thrown(3301)),
    { type: 'line.granted' },
    { type: 'line.refused', failure: failure(3110) },
    done('stringSend', sent),
    done('stringSend', { outcome: 'failed', handle: null, bytesSent: 0, failure: failure(3113) }),
    done('stringSend', { outcome: 'cancelled', handle: null, bytesSent: 0, failure: null }),
    failed('stringSend', thrown(1000)),
    done('notify'),
    failed('notify', thrown(3032)),
    { type: 'cancel' },
    { type: 'origin.lost' },
    { type: 'shutdown' },
  ],
  // Its time for the work is over before that.
  excludes: (snapshot, { type }) =>
    snapshot.matches({ undivided: 'limited' }) && type.startsWith('xstate.after.deadline'),
  deadlinesMs: { 'undivided.busy': 1_000, 'undivided.limited': 300 },
  sentBy: { turn: 'workAlone', work: 'workAlone', line: 'line' },
  key: ({ open, failure, string }) => [open, failure?.code, string !== null],
  leadsTo: { cancel: ['dropped'], 'origin.lost': ['dropped'], shutdown: ['failed', 'answered'] },
  invariants: {
    'it has exactly one outcome, and whoever asked hears it once: an answer or a failure, never both': (
      trace,
    ) => {
      const { all, snapshot } = trace;
      assert.equal(count(all, 'finish'), snapshot.status === 'done' ? 1 : 0);
      const outcome = snapshot.output?.outcome ?? null;
      assert.equal(count(all, 'refuse'), outcome === 'failed' ? 1 : 0);
      // What is told can be dropped, if the origin is gone; it never fails by its deadline, or with the node.
      const isTold = all.started.some(({ id }) => id === 'notify');
      if (isTold && lastEvent(trace)?.type !== 'xstate.error.actor.notify')
        assert.notEqual(outcome, 'failed');
      if (lastEvent(trace)?.type === 'shutdown') assert.equal(outcome, isTold ? 'answered' : 'failed');
      if (outcome !== 'answered') return;
      // A short answer was sent by the effect that made it, a long one is told of.
      const started = (child: string) => all.started.filter(({ id }) => id === child).length;
      assert.equal(started('notify'), started('stringSend'));
    },
    'nothing goes on after the outcome': (trace) => {
      if (trace.snapshot.status === 'done') assert.deepEqual(live(trace), []);
    },
    'the answer is made when every part has ended, and not before': (trace) => {
      const ends = trace.events.filter(({ type }) => /\.actor\.part-/.test(type)).length;
      const begun = trace.all.started.filter(({ src }) => src === 'part').length;
      if (trace.all.started.some(({ id }) => id === 'answer')) assert.equal(ends, begun);
      // What has one place notes its end itself, and only a failure.
      const isUndivided = trace.all.started.some(({ id }) => id === 'workAlone');
      if (!isUndivided) assert.equal(count(trace.all, 'notePart'), ends);
    },
    'the only place is worked on in its turn; work that fails, or that has no turn, is noted': (trace) => {
      if (lastEvent(trace)?.type === 'work.done')
        assert.ok(trace.events.some(({ type }) => type === 'turn.granted'));
      const isUndivided = trace.all.started.some(({ id }) => id === 'workAlone');
      const end = lastEvent(trace)?.type ?? '';
      const code = end === 'work.failed' ? 3103 : end.startsWith('xstate.after.workLimit') ? 3021 : null;
      if (isUndivided)
        assert.deepEqual(
          paramsOf<{ failure: { code: number } }>(trace.last, 'notePart').map(
            ({ failure: { code } }) => code,
          ),
          code === null ? [] : [code],
        );
    },
    'every part is started once, at its place': (trace) => {
      const started = trace.last.started.filter(({ src }) => src === 'part').map(({ input }) => input);
      if (started.length === 0) return;
      assert.deepEqual(
        started,
        ['worker1', 'worker2'].map((place, index) => ({
          requestId: 5,
          index,
          place,
          source: 'worker1',
          timeoutMs: 800,
          workTimeoutMs: null,
        })),
      );
    },
    'whatever it does, something is under way, and its deadline ends it': (trace) => {
      if (trace.snapshot.status === 'active') assert.ok(trace.cast.live.length > 0);
    },
    'a long answer is sent when the connection has room for it, and not before': (trace) => {
      const sends = trace.all.started.filter(({ src }) => src === 'stringSend').length;
      assert.equal(sends, trace.events.filter(({ type }) => type === 'line.granted').length);
    },
    'a long answer is told of after it was sent, by its handle, while no other takes its place': (trace) => {
      const told = trace.last.started.filter(({ src }) => src === 'notify');
      if (told.length === 0) return;
      assert.deepEqual(
        told.map(({ input }) => input),
        [{ requestId: 5, handle: 8 }],
      );
      assert.equal(lastEvent(trace)?.type, 'xstate.done.actor.stringSend');
      assert.ok(live(trace).includes('line'));
    },
    'it fails with the reason of its end': (trace) => {
      const [refusal] = paramsOf<{ failure: { code: number } }>(trace.last, 'refuse');
      if (refusal === undefined) return;
      const { type, error, output } = lastEvent(trace) ?? { type: '' };
      const code = type.startsWith('xstate.after.')
        ? 3021
        : type === 'shutdown'
          ? 3125
          : type === 'line.refused'
            ? 3110
            : (error?.code ?? output?.failure?.code ?? 3016);
      assert.equal(refusal.failure.code, code);
    },
  },
};

modelTest(dapiRequestMachine, model);
