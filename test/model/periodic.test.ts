import assert from 'node:assert/strict';
import { periodicMachine } from '../../machines/periodic.ts';
import { done, failed, modelTest } from '../harness/model.ts';
import { count, lastEvent, live } from './trace.ts';

const task = { connectionId: 7 };

modelTest(periodicMachine, {
  input: { task, intervalMs: 9_000, retryMs: 1_000 },
  events: [
    { type: 'trigger' },
    { type: 'rx.syn_m_c' },
    { type: 'transfer.progress' },
    done('task', { succeeded: true }),
    done('task', { succeeded: false }),
    failed('task'),
  ],
  key: ({ failures }) => Math.min(failures, 4),
  stopWhen: ({ context }) => context.failures > 4,
  invariants: {
    'one round at a time, each with what was asked of it': (trace) => {
      assert.ok(live(trace).length <= 1);
      for (const { input } of trace.all.started) assert.deepEqual(input, task);
    },
    'a trigger runs a round at once, or one more after the one that runs and succeeds': (trace) => {
      const event = lastEvent(trace);
      if (event?.type === 'trigger') assert.deepEqual(live(trace), ['task']);
      const succeeded = event?.type === 'xstate.done.actor.task' && event.output.succeeded === true;
      if (!succeeded) return;
      const before = trace.events.slice(0, -1);
      const lastStart = before.findLastIndex(
        ({ type }) => type.includes('.actor.') || type.includes('.after.'),
      );
      const wasTriggered = before.slice(lastStart + 1).filter(({ type }) => type === 'trigger').length;
      // A trigger may also be what began the round that has just ended.
      const beganByTrigger = !startsByItself(trace.events, lastStart);
      assert.deepEqual(live(trace), wasTriggered > (beganByTrigger ? 1 : 0) ? ['task'] : []);
    },
    'failures are tried again sooner than the period, and ever more slowly': ({ snapshot, cast }) => {
      assert.ok(snapshot.context.failures >= 0);
      if (snapshot.value === 'retrying') assert.equal(cast.live.length, 0);
    },
    'what the peer sends reaches the round that runs, or is refused': (trace) => {
      const event = lastEvent(trace);
      if (event?.type !== 'rx.syn_m_c') return;
      assert.equal(trace.last.told.length + count(trace.last, 'refuseRelayed'), 1);
    },
  },
});

/** Whether the round that runs after this event began without a trigger: at the start, or because time passed. */
function startsByItself(events: readonly { type: string }[], index: number): boolean {
  return index === -1 || events[index]?.type.includes('.after.') === true;
}
