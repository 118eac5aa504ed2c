import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type AnyActorRef, createActor, SimulatedClock, setup } from 'xstate';
import { createDynamicSupervisor } from '../../machines/supervision/dynamic-supervisor.ts';
import { DEFAULT_RESTART_LIMITS } from '../../machines/supervision/restart-policy.ts';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { Tap } from '../../src/inspect/tap.ts';

/** Scripts of the page, which have no types. */
const page = (name: string) => import(new URL(`../../src/inspect/page/${name}`, import.meta.url).href);
const { Model } = (await page('model.js')) as {
  Model: new () => { take(batch: readonly InspectionRecord[]): void; actors: Map<string, { id: string }> };
};
const { countsText } = (await page('tree.js')) as { countsText(model: object, actor: object): string };

const frail = setup({
  actions: {
    fall: () => {
      throw new Error('it fell');
    },
  },
}).createMachine({ id: 'frail', on: { crash: { actions: 'fall' } } });

it('the tree says of a supervisor how often it restarted its children, and of each child how often that was for its end', () => {
  const clock = new SimulatedClock();
  const effects = { now: () => clock.now(), random: () => 0, report: () => {} };
  const many = createDynamicSupervisor({
    ...DEFAULT_RESTART_LIMITS,
    id: 'many',
    logic: frail,
    maxChildren: 10,
    shutdownMs: 0,
    effects,
  });
  const specs = [
    { id: 'left', logic: frail },
    { id: 'right', logic: frail },
    { id: 'many', logic: many },
  ];
  const children = specs.map((spec) => ({ ...spec, restart: 'permanent', shutdownMs: 0 }) as const);
  const node = createSupervisor({
    ...DEFAULT_RESTART_LIMITS,
    id: 'node',
    strategy: 'one_for_one',
    children,
    effects,
  });
  const root = createActor(node, { clock }) as AnyActorRef;
  const tap = new Tap({ redact: (text) => text, now: () => Date.now() });
  const model = new Model();
  tap.attach(root);
  root.start();
  tap.watch((record) => model.take([structuredClone(record)]));
  const counts = () =>
    new Map([...model.actors.values()].map((actor) => [actor.id, countsText(model, actor)] as const));
  assert.deepEqual([...counts().values()].filter(Boolean), ['0 running, 0 restarts']);
  for (const id of ['left', 'left', 'right']) {
    root.getSnapshot().children[id].send({ type: 'crash' });
    clock.increment(DEFAULT_RESTART_LIMITS.backoff.maxMs);
  }
  const now = counts();
  assert.equal(now.get('node'), '3 restarts below');
  assert.equal(now.get('left'), '2 restarts');
  assert.equal(now.get('right'), '1 restart');
  root.stop();
});
