import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Network } from '../../src/sim/network.ts';
import { BEGIN_MS, type Life, World } from '../../src/sim/world.ts';
import { complies } from '../transport/compliance.ts';

const STEP_MS = 20;

const lifeOf = (node: string): Life => ({
  node,
  isAlive: true,
  frozenUntilMs: 0,
  clockAheadMs: 0,
  diskStepsLeft: Number.POSITIVE_INFINITY,
});

/** Lets the time of a world go by as long as somebody waits for something. */
function letGo(world: World): void {
  let isRunning = false;
  const step = async () => {
    if (isRunning) return;
    isRunning = true;
    await world.run(world.nowMs + STEP_MS);
    isRunning = false;
  };
  setInterval(step, 1).unref();
}

complies('memory of a simulated world', () => {
  const world = new World(1, 0);
  const network = new Network(world);
  letGo(world);
  const client = network.transport(lifeOf('worker1'));
  return { server: network.transport(lifeOf('master')), client: () => client };
});

describe('the ends that a life has', () => {
  it('are those that were opened and have not closed', async () => {
    const world = new World(1, 0);
    const network = new Network(world);
    const [master, worker] = [lifeOf('master'), lifeOf('worker1')];
    await network.transport(master).listen({
      onConnection: (connection) => connection.start({ data() {}, drain() {}, end() {}, close() {} }),
      onRejected: () => {},
      onError: (error) => assert.fail(error),
    });
    const connecting = network.transport(worker).connect({ timeoutMs: 1_000 });
    await world.run(BEGIN_MS + 100);
    (await connecting).start({ data() {}, drain() {}, end() {}, close() {} });
    assert.deepEqual([network.openEnds(master), network.openEnds(worker)], [1, 1]);
    network.cut('worker1');
    await world.run(BEGIN_MS + 200);
    assert.deepEqual([network.openEnds(master), network.openEnds(worker)], [0, 0]);
  });
});
