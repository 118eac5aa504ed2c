import assert from 'node:assert/strict';
import type { AnyEventObject } from 'xstate';
import { type GroupsAnswer, groupsSendMachine } from '../../machines/agent-groups/send.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { count, failure, live, thrown } from './trace.ts';

const posted = { outboxId: 1, sizeBytes: 9, digest: 'd'.repeat(128), progressTimeoutMs: 1_000 };
const sent = { outcome: 'done', handle: 5, bytesSent: 9, failure: null };
/** How many strings it takes. */
const STRINGS = 2;
/** The worker's process of this string, and one of a string that was given up. */
const OWN = 'agent-groups-1-9';
const EARLIER = 'agent-groups-1-8';
const WORD = 'worker.answered';
const stored = (task: string, matches: boolean | null, errors: string[] = []) => ({
  type: 'worker.answered' as const,
  task,
  report: { updatedChunks: 1, errors, matches, differing: matches === false ? { total: 1, ids: [7] } : null },
  failure: null,
});

const model: Model<typeof groupsSendMachine> = {
  input: { connectionId: 7, kind: 'difference', sinceVersion: 3, version: 5, answerTimeoutMs: 1_000 },
  events: [
    done('prepare', { strings: STRINGS, agents: 2, chunks: 40, isComplete: true }),
    failed('prepare', thrown(2005)),
    done('post', posted),
    failed('post', thrown(3113)),
    done('stringSend', sent),
    done('stringSend', { ...sent, outcome: 'failed', handle: null, failure: failure(3111) }),
    done('stringSend', { ...sent, outcome: 'cancelled', handle: null, failure: null }),
    failed('stringSend', thrown(1000)),
    done('announce', { task: OWN }),
    failed('announce', thrown(3110)),
    stored(OWN, true),
    stored(OWN, null),
    stored(OWN, false, ['agent 7 is unknown']),
    { type: WORD, task: OWN, report: null, failure: failure(3036) },
    stored(EARLIER, true),
    { type: WORD, task: EARLIER, report: null, failure: failure(3037) },
  ],
  key: ({ handles, answer, failure }) => [
    handles.length,
    answer?.task,
    answer?.report?.matches,
    answer?.failure?.code,
    failure?.code,
  ],
  invariants: {
    'each effect gets what belongs to it, in order: the strings one by one, the command when all have arrived':
      ({ all }) => {
        const strings = Array.from({ length: STRINGS }, (_, index) => [
          ['post', { connectionId: 7, handles: Array(index).fill(5) }],
          ['stringSend', { connectionId: 7, ...posted }],
        ]).flat();
        const expected = [
          ['workspace', { connectionId: 7 }],
          ['prepare', { connectionId: 7, kind: 'difference', sinceVersion: 3, version: 5 }],
          ...strings,
          ['announce', { connectionId: 7, kind: 'difference', handles: Array(STRINGS).fill(5) }],
        ];
        assert.deepEqual(
          all.started.map(({ src, input }) => [src, input]),
          expected.slice(0, all.started.length),
        );
      },
    'the outcome is what the worker says of this task, and nothing else': ({ snapshot, events, all }) => {
      if (snapshot.status !== 'done') return;
      const { outcome, matches, differing } = snapshot.output ?? {};
      const isTold = events.some(({ type }) => type === 'xstate.done.actor.announce');
      const word = isTold
        ? (events.findLast(({ type, task }) => type === WORD && task === OWN) as GroupsAnswer | undefined)
        : undefined;
      if (word === undefined) assert.deepEqual([outcome, matches, differing], ['failed', null, null]);
      else {
        assert.ok(all.started.some(({ src }) => src === 'announce'));
        const errors = word.report?.errors;
        assert.equal(matches, word.report?.matches ?? null);
        assert.deepEqual(differing, word.report?.differing ?? null);
        assert.equal(outcome, errors === undefined ? 'failed' : errors.length > 0 ? 'incomplete' : 'stored');
      }
    },
    'a word that overtakes the reply to the command counts when the reply names its task': (trace) => {
      const isTold = trace.events.some(({ type }) => type === 'xstate.done.actor.announce');
      const isWord = trace.events.some(({ type, task }, index) => {
        const arrived = trace.events.slice(0, index).filter((event) => event.type === SENT && isSent(event));
        return type === WORD && task === OWN && arrived.length === STRINGS;
      });
      if (isTold && isWord) assert.equal(trace.snapshot.status, 'done');
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

const SENT = 'xstate.done.actor.stringSend';
const isSent = ({ output }: AnyEventObject) => output?.outcome === 'done';

modelTest(groupsSendMachine, model);
