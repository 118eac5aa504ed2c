import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { type AnyActorRef, createActor, fromCallback, setup } from 'xstate';
import { createDynamicSupervisor } from '../../machines/supervision/dynamic-supervisor.ts';
import { link } from '../../machines/supervision/link.ts';
import { indexScheduler } from '../../machines/supervision/scheduler.ts';

/** A connection as a node has them: a socket below, a timer pending, three ways to end. */
let openSockets = 0;
const socket = fromCallback(() => {
  openSockets += 1;
  return () => {
    openSockets -= 1;
  };
});
const connection = link(
  setup({
    actors: { socket },
    actions: {
      crash: () => {
        throw new Error('boom');
      },
    },
  }).createMachine({
    invoke: { id: 'socket', src: 'socket' },
    initial: 'up',
    states: {
      up: { after: { 3600000: 'gone' }, on: { bye: 'gone', crash: { actions: 'crash' } } },
      gone: { type: 'final' },
    },
  }),
);
const effects = { now: () => 0, random: () => 0, report: () => {} };

function pool(size: number): AnyActorRef {
  const logic = createDynamicSupervisor({
    id: 'pool',
    logic: connection,
    maxChildren: size + 1,
    shutdownMs: 0,
    effects,
  });
  const root = createActor(logic) as AnyActorRef;
  indexScheduler(root);
  root.start();
  for (let child = 0; child < size; child++) root.send({ type: 'dynamic.start', child });
  return root;
}

/** Starts a child and ends it, in one of the three ways. */
function comeAndGo(root: AnyActorRef, child: number): void {
  root.send({ type: 'dynamic.start', child });
  if (child % 3 === 0) root.send({ type: 'dynamic.stop', child });
  else root.send({ type: 'dynamic.send', child, event: { type: child % 3 === 1 ? 'bye' : 'crash' } });
}

function medianUs(root: AnyActorRef, firstChild: number): number {
  const samplesUs: number[] = [];
  for (let batch = 0; batch < 21; batch++) {
    const startNs = process.hrtime.bigint();
    for (let i = 0; i < 100; i++) comeAndGo(root, firstChild + batch * 100 + i);
    samplesUs.push(Number(process.hrtime.bigint() - startNs) / 1e5);
  }
  return samplesUs.sort((a, b) => a - b)[10] as number;
}

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;
const heapBytes = async () => {
  await setImmediate(); // the test runner forgets the timers that were made here
  collect();
  return process.memoryUsage().heapUsed;
};

describe('a dynamic supervisor', () => {
  /** A machine as parent is several hundred times as slow with 10,000; noise and caches stay well below this. */
  const MAX_RATIO = 6;
  /** Per child that came and went. XState alone keeps 400 for each new id. */
  const MAX_LEFT_BYTES = 40;

  it(`costs the same with 10 and with 10,000 children and their timers (less than ${MAX_RATIO} times)`, (t) => {
    const few = pool(10);
    const many = pool(10_000);
    t.after(() => [few, many].map((root) => root.stop()));
    medianUs(few, 20_000); // warms up
    const fewUs = medianUs(few, 20_000);
    const manyUs = medianUs(many, 20_000);
    t.diagnostic(`start and end: ${fewUs.toFixed(1)} µs among 10, ${manyUs.toFixed(1)} µs among 10,000`);
    assert.ok(manyUs < MAX_RATIO * fewUs, `${fewUs} µs and ${manyUs} µs`);
  });

  it('keeps nothing of 20,000 children that came and went', async (t) => {
    const root = pool(10);
    t.after(() => root.stop());
    for (let child = 100; child < 2_100; child++) comeAndGo(root, child); // warms up
    const beforeBytes = await heapBytes();
    for (let child = 3_000; child < 23_000; child++) comeAndGo(root, child);
    const leftBytes = ((await heapBytes()) - beforeBytes) / 20_000;
    t.diagnostic(`${leftBytes.toFixed(1)} bytes left of each`);
    assert.ok(leftBytes < MAX_LEFT_BYTES, `${leftBytes} bytes of each`);
    assert.equal(root.getSnapshot().size, 10);
    assert.equal(openSockets, 10);
  });
});
