import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokenPromise } from '../../src/sim/broken-promise.ts';
import type { Cluster } from '../../src/sim/cluster.ts';
import type { SimulatedNode } from '../../src/sim/node.ts';
import { Promises } from '../../src/sim/promises.ts';
import { BEGIN_MS, enter, type Life, World } from '../../src/sim/world.ts';

const MINUTES_MS = 60_000;

/** A master that has two sessions of one name for ever, and whatever else the promises ask of it. */
function masterOf(life: Life): SimulatedNode {
  const workers = new Map([1, 2].map((id) => [id, { name: 'worker1' }]));
  const services = { index: { digest: '' }, status: { workers }, channels: { size: 0 } };
  return { name: 'master', role: 'master', gaveUp: 0, isUp: true, life, root: null, services } as never;
}

for (const freezeMs of [0, 2_000])
  test(`two sessions of one name are found where the master stands still for ${freezeMs} ms just then`, async () => {
    const world = new World(1, 10);
    enter(world);
    const life: Life = {
      node: 'master',
      isAlive: true,
      frozenUntilMs: 0,
      clockAheadMs: 0,
      diskStepsLeft: Number.POSITIVE_INFINITY,
    };
    const master = masterOf(life);
    const network = { openEnds: () => 0, mostPendingBytes: () => 0 };
    const promises = new Promises({ world, master, network, node: () => master } as unknown as Cluster);
    world.onStep = (of) => {
      if (of !== null) promises.check(master);
    };
    world.after(0, () => {}, life);
    world.after(
      1_000,
      () => {
        life.frozenUntilMs = world.nowMs + freezeMs;
      },
      null,
    );
    await assert.rejects(
      world.run(BEGIN_MS + MINUTES_MS),
      (error) => error instanceof BrokenPromise && error.message === '7: two live sessions of worker1',
    );
  });
