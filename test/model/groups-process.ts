import assert from 'node:assert/strict';
import type { GroupsProcessOutput, ProcessAddress } from '../../machines/agent-groups/process.ts';
import type { Trace } from '../harness/replay.ts';
import { count, lastEvent, live, paramsOf } from './trace.ts';

interface ProcessSnapshot {
  readonly status: string;
  readonly output?: GroupsProcessOutput | undefined;
}
type Invariants = Record<string, (trace: Trace<ProcessSnapshot>) => void>;

/**
 * What holds for both processes by which a worker takes agent-groups. Their input is connection 7, counter 30, handles 5 and 6;
 * `writers` are the effects that get the string.
 */
export const groupsProcessInvariants = (writers: readonly string[]): Invariants => ({
  'the command has its reply at once, and the strings are taken once': ({ all }) => {
    const task = 'agent-groups-7-30';
    assert.deepEqual(paramsOf(all, 'replyTask'), [{ connectionId: 7, counter: 30, task }]);
    assert.equal(count(all, 'logStarting'), 1);
    assert.deepEqual(
      all.started.filter(({ src }) => writers.includes(src)).map(({ input }) => input),
      [{ connectionId: 7, handles: [5, 6] }],
    );
  },
  'the master hears of the end, once, and so does the log': (trace) => {
    const { snapshot, all } = trace;
    const answers = paramsOf(all, 'answer');
    const failures = paramsOf<{ failure: { code: number } }>(all, 'answerFailure');
    const isOver = snapshot.status === 'done';
    assert.equal(answers.length + failures.length, isOver ? 1 : 0);
    assert.equal(count(all, 'logFinished', 'logFailed'), isOver ? 1 : 0);
    if (!isOver) return;
    assert.deepEqual(live(trace), []);
    assert.equal(snapshot.output?.outcome, answers.length === 1 ? 'stored' : 'failed');
    if (failures[0] !== undefined) assert.ok([3036, 3037].includes(failures[0].failure.code));
    assert.equal(answers[0]?.matches ?? null, snapshot.output?.matches);
    for (const { connectionId, task } of paramsOf<ProcessAddress>(all, 'answer', 'answerFailure')) {
      assert.deepEqual([connectionId, task], [7, 'agent-groups-7-30']);
    }
  },
  'the end of its time is its end': (trace) => {
    if (lastEvent(trace)?.type.startsWith('xstate.after.')) assert.equal(trace.snapshot.status, 'done');
  },
  'only equal checksums match; one that cannot be read counts as different; none is not compared': ({
    snapshot,
    events,
  }) => {
    if (snapshot.status !== 'done') return;
    const found = (child: string) =>
      events.find(({ type }) => type === `xstate.done.actor.${child}`)?.output as
        | { masterHash?: string | null; hash?: string | null }
        | undefined;
    const stored = writers.map(found).find((output) => output !== undefined);
    const own = found('readHash');
    const expected =
      stored === undefined || stored.masterHash === undefined
        ? null
        : own !== undefined && own.hash === stored.masterHash;
    assert.equal(snapshot.output?.matches, expected);
  },
});
