import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createActor, fromCallback, setup } from 'xstate';
import { link } from '../../machines/supervision/link.ts';
import { shareCharts } from '../../src/sim/shared-charts.ts';

const heard: string[] = [];
const machine = setup({
  actors: { work: fromCallback(() => () => heard.push('work ends')) },
  actions: { tell: () => heard.push('nobody') },
  guards: { mayGo: () => false },
}).createMachine({
  id: 'one',
  initial: 'waiting',
  invoke: { src: 'work' },
  states: {
    waiting: { on: { go: { guard: 'mayGo', target: 'gone', actions: 'tell' } } },
    gone: {},
  },
});
const unshared = machine.provide({ guards: { mayGo: () => true } });
shareCharts();

function after(logic: typeof machine, ...types: string[]) {
  heard.length = 0;
  const actor = createActor(logic).start();
  for (const type of types) actor.send({ type });
  return { state: actor.getSnapshot().value, heard: [...heard] };
}

it('machines with one chart do what each was provided with', () => {
  const a = machine.provide({ guards: { mayGo: () => true }, actions: { tell: () => heard.push('a') } });
  const b = a.provide({ actions: { tell: () => heard.push('b') } });
  assert.notEqual(unshared.root, machine.root);
  assert.equal(b.root, machine.root);
  assert.deepEqual(after(a, 'go'), { state: 'gone', heard: ['a'] });
  assert.deepEqual(after(b, 'go'), { state: 'gone', heard: ['b'] });
  assert.deepEqual(after(machine, 'go'), { state: 'waiting', heard: [] });
  assert.deepEqual(after(unshared, 'go'), { state: 'gone', heard: ['nobody'] });
});

it('one that is linked stays linked when it is provided', () => {
  const linked = link(machine).provide({
    guards: {
      mayGo: () => {
        throw new Error('no');
      },
    },
  });
  heard.length = 0;
  const actor = createActor(linked);
  actor.subscribe({ error: () => heard.push('it failed') });
  actor.start();
  actor.send({ type: 'go' });
  assert.deepEqual(heard, ['work ends', 'it failed']);
});
