import assert from 'node:assert/strict';
import { groupsSendMachine } from '../../machines/agent-groups/send.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { count, failure, lastEvent, live, thrown } from './trace.ts';

const posted = { outboxId: 1, sizeBytes: 9, digest: 'd'.repeat(128), progressTimeoutMs: 1_000 };
const sent = { outcome: 'done', handle: 5, bytesSent: 9, failure: null };
const WORD = /^worker\./;

const model: Model<typeof groupsSendMachine> = {
  input: { connectionId: 7, kind: 'difference', sinceVersion: 3, version: 5, answerTimeoutMs: 1_000 },
  events: [
    done('prepare', { ...posted, agents: 2, chunks: 1, isComplete: true }),
    failed('prepare', thrown(2005)),
    done('stringSend', sent),
    done('stringSend', { ...sent, outcome: 'failed', handle: null, failure: failure(3111) }),
    done('stringSend', { ...sent, outcome: 'cancelled', handle: null, failure: null }),
    failed('stringSend', thrown(1000)),
    done('announce'),
    failed('announce', thrown(3110)),
    { type: 'worker.stored', updatedChunks: 1, errors: [], matches: true },
    { type: 'worker.stored', updatedChunks: 1, errors: [], matches: null },
    { type: 'worker.stored', updatedChunks: 1, errors: ['agent 7 is unknown'], matches: false },
    { type: 'worker.failed', failure: failure(3036) },
  ],
  key: ({ report, failure }) => [report?.matches, failure?.code],
  invariants: {
    'each effect gets what belongs to it, once, in order': ({ all }) => {
      const expected = [
        ['prepare', { connectionId: 7, kind: 'difference', sinceVersion: 3, version: 5 }],
        ['stringSend', { connectionId: 7, ...posted }],
        ['announce', { connectionId: 7, kind: 'difference', handle: 5 }],
      ];
      assert.deepEqual(
        all.started.map(({ src, input }) => [src, input]),
        expected.slice(0, all.started.length),
      );
    },
    'the outcome is what the worker says after the command was sent, and nothing else': (trace) => {
      const { snapshot, all } = trace;
      if (snapshot.status !== 'done') return;
      const word = lastEvent(trace);
      const { outcome, matches } = snapshot.output ?? {};
      if (word !== null && WORD.test(word.type)) {
        assert.ok(all.started.some(({ src }) => src === 'announce'));
        const { errors, matches: said = null } = word as unknown as { errors?: string[]; matches?: boolean };
        assert.equal(matches, said);
        assert.equal(outcome, errors === undefined ? 'failed' : errors.length > 0 ? 'incomplete' : 'stored');
      } else assert.deepEqual([outcome, matches], ['failed', null]);
    },
    'a word that overtakes the reply to the command counts as well': (trace) => {
      const before = trace.all.started.slice(0, trace.all.started.length - trace.last.started.length);
      if (!before.some(({ src }) => src === 'announce')) return;
      if (WORD.test(lastEvent(trace)?.type ?? '')) assert.equal(trace.snapshot.status, 'done');
    },
    'it has one outcome, with one line in the log, and leaves nothing running': (trace) => {
      const { snapshot, all } = trace;
      const isOver = snapshot.status === 'done';
      assert.equal(count(all, 'logStarting'), 1);
      assert.equal(count(all, 'logFinished', 'logIncomplete', 'logFailed'), isOver ? 1 : 0);
      if (!isOver) return;
      assert.deepEqual(live(trace), []);
      assert.equal(snapshot.output?.failure === null, snapshot.output?.outcome !== 'failed');
    },
  },
};

modelTest(groupsSendMachine, model);
