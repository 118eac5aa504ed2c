import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { periodicMachine } from '../../machines/periodic.ts';
import { done, failed, modelTest } from '../harness/model.ts';
import { Replay } from '../harness/replay.ts';
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
    done('task', { succeeded: false, gotOn: true }),
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

// What follows is said in times and rounds, and not by the chart, whose graph the paths above are made of.
describe('a periodic task', () => {
  const INTERVAL_MS = 9_000;
  const RETRY_MS = 1_000;
  const ends = {
    good: done('task', { succeeded: true }),
    bad: done('task', { succeeded: false }),
    crash: failed('task'),
  };
  function running() {
    const replay = new Replay(periodicMachine, {
      input: { task, intervalMs: INTERVAL_MS, retryMs: RETRY_MS },
    });
    const rounds = () => replay.all.started.length;
    /** How long it takes until the next round begins, which has not begun just before. */
    const pause = (timeMs: number) => {
      const before = rounds();
      replay.clock.increment(timeMs - 1);
      assert.equal(rounds(), before, `no round before ${timeMs} ms`);
      replay.clock.increment(1);
      assert.equal(rounds(), before + 1, `a round after ${timeMs} ms`);
    };
    return { replay, rounds, pause };
  }

  it('begins at once, and again a period after each good end', () => {
    const { replay, rounds, pause } = running();
    assert.equal(rounds(), 1);
    for (let round = 0; round < 3; round += 1) {
      replay.play(ends.good);
      pause(INTERVAL_MS);
    }
    replay.stop();
  });

  it('is tried again ever more slowly after bad ends and crashes, up to the period, and soon again after a good one', () => {
    const { replay, pause } = running();
    for (const [index, pauseMs] of [1_000, 2_000, 4_000, 8_000, 9_000, 9_000].entries()) {
      replay.play(index % 2 === 0 ? ends.bad : ends.crash);
      pause(pauseMs);
    }
    replay.play(ends.good);
    pause(INTERVAL_MS);
    replay.play(ends.crash);
    pause(RETRY_MS);
    replay.stop();
  });

  it('is tried again without slowing down as long as each end says that it got on', () => {
    const { replay, pause } = running();
    const gotOn = done('task', { succeeded: false, gotOn: true });
    for (let round = 0; round < 5; round += 1) {
      replay.play(gotOn);
      pause(RETRY_MS);
    }
    replay.play(ends.bad);
    pause(2 * RETRY_MS);
    replay.play(gotOn);
    pause(RETRY_MS);
    replay.stop();
  });

  it('begins at once when it is triggered in a pause of either kind', () => {
    const { replay, rounds } = running();
    for (const end of [ends.good, ends.bad]) {
      replay.play(end);
      const before = rounds();
      replay.play({ type: 'trigger' });
      assert.equal(rounds(), before + 1);
    }
    replay.stop();
  });

  it('that was triggered while it ran begins once more after a good end, and waits as ever after a bad one', () => {
    const { replay, rounds, pause } = running();
    for (const trigger of [1, 2, 3]) replay.play({ type: 'trigger', trigger } as never);
    replay.play(ends.good);
    assert.equal(rounds(), 2);
    replay.play(ends.good);
    assert.equal(rounds(), 2);
    pause(INTERVAL_MS);
    replay.play({ type: 'trigger' });
    replay.play(ends.bad);
    pause(RETRY_MS);
    replay.play({ type: 'trigger' });
    replay.play(ends.good);
    assert.equal(count(replay.all, 'refuseRelayed'), 0);
    replay.play(ends.bad);
    pause(RETRY_MS);
    replay.stop();
  });

  it('refuses what the peer says between rounds, and hands it on while one runs', () => {
    const { replay } = running();
    replay.play({ type: 'rx.syn_m_c' });
    assert.deepEqual([replay.all.told.length, count(replay.all, 'refuseRelayed')], [1, 0]);
    for (const [index, end] of [ends.good, ends.bad].entries()) {
      replay.play(end);
      replay.play({ type: 'rx.syn_m_c' });
      assert.deepEqual([replay.all.told.length, count(replay.all, 'refuseRelayed')], [1, index + 1]);
      replay.play({ type: 'trigger' });
    }
    replay.stop();
  });
});
