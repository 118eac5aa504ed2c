import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { clearInterval, setInterval } from '../../src/sim/shims/globals.ts';
import { BEGIN_MS, enter, type Life, SpinError, World } from '../../src/sim/world.ts';

const lifeOf = (more: Partial<Life> = {}): Life => ({
  node: 'worker1',
  isAlive: true,
  frozenUntilMs: 0,
  clockAheadMs: 0,
  diskStepsLeft: 1,
  ...more,
});

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
    const life = lifeOf();
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

describe('a node that stands still', () => {
  const frozen = () => {
    const world = new World(1, 100);
    const life = lifeOf({ frozenUntilMs: BEGIN_MS + 100 });
    const happened: string[] = [];
    const happens = (name: string) => () => happened.push(`${name} at ${world.nowMs - BEGIN_MS}`);
    return { world, life, happened, happens };
  };

  afterEach(() => enter(null));

  it('does afterwards what fell due meanwhile, in the order in which it did', async () => {
    const { world, life, happened, happens } = frozen();
    world.after(30, happens('second'), life);
    world.after(20, happens('first'), life);
    world.after(30, happens('third'), life);
    world.after(50, happens('another'), lifeOf({ node: 'master' }));
    await world.run(BEGIN_MS + 200);
    assert.deepEqual(happened, ['another at 50', 'first at 100', 'second at 100', 'third at 100']);
  });

  it('can withdraw what fell due meanwhile: one timer cancels another', async () => {
    const { world, life, happened, happens } = frozen();
    world.after(10, () => world.cancel(cancelled), life);
    const cancelled = world.after(20, happens('cancelled'), life);
    world.after(30, happens('last'), life);
    await world.run(BEGIN_MS + 200);
    assert.deepEqual(happened, ['last at 100']);
  });

  it('can withdraw it too where it stands still again before it has its turn', async () => {
    const { world, life, happened, happens } = frozen();
    const cancelled = world.after(20, happens('cancelled'), life);
    world.after(
      50,
      () => {
        life.frozenUntilMs = BEGIN_MS + 150;
      },
      null,
    );
    world.after(120, () => world.cancel(cancelled), null);
    await world.run(BEGIN_MS + 200);
    assert.deepEqual(happened, []);
  });

  it('can end an interval whose tick fell due meanwhile', async () => {
    const { world, life, happened, happens } = frozen();
    enter(world);
    const interval = world.as(life, () => setInterval(happens('tick'), 20));
    // Set later, and due earlier.
    world.after(10, () => clearInterval(interval), life);
    await world.run(BEGIN_MS + 200);
    assert.deepEqual(happened, []);
  });
});
