import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyActorRef, createActor, SimulatedClock, setup } from 'xstate';
import { MAX_TIMER_MS } from '../../machines/supervision/internals.ts';
import { indexScheduler } from '../../machines/supervision/scheduler.ts';

/** A simulated clock that fires at once what is too long for a timer, as JavaScript does. */
class JavaScriptClock extends SimulatedClock {
  live = 0;
  override setTimeout(run: () => void, delayMs: number): number {
    this.live += 1;
    const fire = () => {
      this.live -= 1;
      run();
    };
    return super.setTimeout(fire, delayMs > MAX_TIMER_MS ? 1 : delayMs);
  }
  override clearTimeout(id: number): void {
    this.live -= 1;
    super.clearTimeout(id);
  }
}

function waiter(delayMs: number) {
  const clock = new JavaScriptClock();
  const machine = setup({ delays: { long: delayMs } }).createMachine({
    initial: 'waiting',
    states: {
      waiting: {
        after: { long: 'over' },
        on: { again: { target: 'waiting', reenter: true }, leave: 'left' },
      },
      over: {},
      left: {},
    },
  });
  const actor = createActor(machine, { clock });
  indexScheduler(actor);
  return { clock, actor: actor.start() };
}

describe('timers indexed by actor', () => {
  it('fire when they are due, and leave nothing behind', () => {
    const { clock, actor } = waiter(100);
    clock.increment(99);
    assert.equal(actor.getSnapshot().value, 'waiting');
    clock.increment(1);
    assert.equal(actor.getSnapshot().value, 'over');
    assert.equal(clock.live, 0);
  });

  it('serve a delay that is too long for a timer in pieces', () => {
    const { clock, actor } = waiter(2 * MAX_TIMER_MS + 1000);
    for (const pieceMs of [1, MAX_TIMER_MS - 1, MAX_TIMER_MS, 999]) clock.increment(pieceMs);
    assert.equal(actor.getSnapshot().value, 'waiting');
    clock.increment(1);
    assert.equal(actor.getSnapshot().value, 'over');
  });

  it('never fire after an infinite delay', () => {
    const { clock, actor } = waiter(Number.POSITIVE_INFINITY);
    for (let round = 0; round < 10; round++) clock.increment(MAX_TIMER_MS);
    assert.equal(actor.getSnapshot().value, 'waiting');
    assert.equal(clock.live, 1);
  });

  it('are cancelled with the state, and begin anew when it is entered again', () => {
    const { clock, actor } = waiter(100);
    clock.increment(60);
    actor.send({ type: 'again' });
    clock.increment(60);
    assert.equal(actor.getSnapshot().value, 'waiting');
    actor.send({ type: 'leave' });
    assert.equal(clock.live, 0);
  });

  it('are cancelled with their actor, and only its own', () => {
    const { clock, actor } = waiter(100);
    const { scheduler } = actor.system;
    const other = createActor(setup({}).createMachine({})) as AnyActorRef;
    scheduler.schedule(other, actor, { type: 'again' }, 50, 'x');
    actor.stop();
    assert.equal(clock.live, 1);
    scheduler.cancel(other, 'unknown');
    scheduler.cancelAll(other);
    scheduler.cancelAll(other);
    assert.equal(clock.live, 0);
  });

  it('take the place of one with the same id, which XState would leave running', () => {
    const { clock, actor } = waiter(100);
    const heard: string[] = [];
    const { scheduler } = actor.system;
    actor.system.inspect((entry) => {
      if (entry.type === '@xstate.event') heard.push(entry.event.type);
    });
    scheduler.schedule(actor, actor, { type: 'first' }, 10, 'same');
    scheduler.schedule(actor, actor, { type: 'second' }, 20, 'same');
    scheduler.schedule(actor, actor, { type: 'unnamed' }, 20, undefined);
    scheduler.schedule(actor, actor, { type: 'unnamed' }, 20, undefined);
    clock.increment(30);
    assert.deepEqual(heard, ['second', 'unnamed', 'unnamed']);
  });
});
