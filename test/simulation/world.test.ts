import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BEGIN_MS, SpinError, World } from '../../src/sim/world.ts';

describe('a simulated world', () => {
  /** It calls what Node does between two events by a name that Node does not document: an upgrade may take it away. */
  it('has all that follows from one thing in promises and ticks over before the next', async () => {
    const world = new World(1, 100);
    const order: string[] = [];
    world.onStep = () => order.push('step');
    const happen = (name: string) => async () => {
      order.push(name);
      process.nextTick(() => order.push(`${name}: tick`));
      for (let depth = 1; depth <= 3; depth += 1) {
        await null;
        order.push(`${name}: promise ${depth}`);
      }
      queueMicrotask(() => process.nextTick(() => order.push(`${name}: tick of a promise`)));
    };
    world.after(1, happen('one'), null);
    world.after(1, happen('two'), null);
    await world.run(BEGIN_MS + 10);
    const whole = (name: string) => [
      name,
      `${name}: tick`,
      ...[1, 2, 3].map((depth) => `${name}: promise ${depth}`),
      `${name}: tick of a promise`,
      'step',
    ];
    assert.deepEqual(order, [...whole('one'), ...whole('two')]);
    assert.equal(world.nowMs, BEGIN_MS + 10);
  });

  it('ends with an error that names the node where one does not come to rest at one moment', async () => {
    const world = new World(1, 100);
    const life = { node: 'worker1', isAlive: true, frozenUntilMs: 0, clockAheadMs: 0, diskStepsLeft: 1 };
    const spin = () => {
      world.after(0, spin, life);
    };
    spin();
    await assert.rejects(world.run(BEGIN_MS + 10), (error) => {
      assert.ok(error instanceof SpinError);
      assert.equal(error.message, 'worker1 spins');
      return true;
    });
  });
});
