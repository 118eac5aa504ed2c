import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyActorRef, type AnyStateMachine, createActor, fromCallback, setup, spawnChild } from 'xstate';
import { link } from '../../machines/supervision/link.ts';

/** Sockets that are open, by their names. */
const open = new Set<string>();
const socket = fromCallback<{ type: 'none' }, string>(({ input }) => {
  open.add(input);
  return () => {
    open.delete(input);
  };
});
const fall = (text: string) => () => {
  throw new Error(text);
};

const base = setup({
  types: {
    events: {} as { type: 'crash' | 'spawn' | 'spawn-and-crash' | 'move-and-crash' | 'guard' | 'end' },
  },
  actors: { socket },
  actions: { crash: fall('boom') },
  guards: { crash: fall('in a guard') },
});
const machine = base.createMachine({
  invoke: { id: 'invoked', src: 'socket', input: 'invoked' },
  initial: 'first',
  on: {
    crash: { actions: 'crash' },
    spawn: { actions: spawnChild('socket', { id: 'spawned', input: 'spawned' }) },
    'spawn-and-crash': { actions: [spawnChild('socket', { id: 'spawned', input: 'late' }), 'crash'] },
    'move-and-crash': { target: '.second', actions: 'crash' },
    guard: { guard: 'crash', target: '.second' },
    end: '.over',
  },
  states: {
    first: { invoke: { src: 'socket', input: 'first' } },
    second: { invoke: { src: 'socket', input: 'second' } },
    over: { type: 'final' },
  },
});

/** Runs the machine below a parent that keeps what it hears of its end. */
function run(child: AnyStateMachine) {
  open.clear();
  const heard: string[] = [];
  const parent = setup({
    actors: { child },
    actions: { hear: ({ event }) => heard.push(String((event as { error?: Error }).error?.message)) },
  }).createMachine({
    invoke: { id: 'child', src: 'child', onError: { actions: 'hear' }, onDone: { actions: 'hear' } },
  });
  const root = createActor(parent).start();
  return { heard, root, child: root.getSnapshot().children.child as AnyActorRef };
}

describe('link', () => {
  for (const [event, reason] of [
    ['crash', 'an action throws'],
    ['guard', 'a guard throws'],
    ['move-and-crash', 'it throws on the way to another state'],
    ['spawn-and-crash', 'it throws after it has spawned, and what it spawned never runs'],
  ] as const) {
    it(`disposes of everything below, and is heard above, when ${reason}`, () => {
      const { heard, child } = run(link(machine));
      child.send({ type: 'spawn' });
      assert.equal(open.size, 3);
      child.send({ type: event });
      assert.deepEqual([...open], []);
      assert.equal(heard.length, 1);
      assert.match(heard[0] ?? '', /boom|in a guard/);
    });
  }

  it('disposes of everything below at an end, too', () => {
    const { heard, child } = run(link(machine));
    child.send({ type: 'spawn' });
    child.send({ type: 'end' });
    assert.deepEqual([...open], []);
    assert.deepEqual(heard, ['undefined']);
  });

  it('covers actions of the first transition, which run when the invoked actors are already up', () => {
    const { heard } = run(
      link(
        base.createMachine({
          invoke: { src: 'socket', input: 'invoked' },
          entry: [spawnChild('socket', { input: 'spawned' }), 'crash'],
        }),
      ),
    );
    assert.deepEqual([...open], []);
    assert.deepEqual(heard, ['boom']);
  });

  it('holds for what provide makes of the machine', () => {
    const provided = link(machine).provide({ actions: { crash: fall('provided') } });
    const { heard, child } = run(provided);
    child.send({ type: 'crash' });
    assert.deepEqual([...open], []);
    assert.deepEqual(heard, ['provided']);
  });

  it('goes through all levels: what is below the children goes, too', () => {
    const middle = setup({ actors: { child: machine } }).createMachine({
      invoke: { id: 'child', src: 'child' },
    });
    const top = setup({ actors: { middle }, actions: { crash: fall('boom') } }).createMachine({
      invoke: { src: 'middle' },
      on: { crash: { actions: 'crash' } },
    });
    const { child } = run(link(top));
    assert.equal(open.size, 2);
    child.send({ type: 'crash' });
    assert.deepEqual([...open], []);
  });

  it('covers the machines below: one that throws leaves nothing behind when its parent goes on', () => {
    const inner = setup({ actors: { child: machine } }).createMachine({
      invoke: { id: 'child', src: 'child', onError: { actions: () => heard.push('inner') } },
    });
    const heard: string[] = [];
    const outer = setup({ actors: { inner } }).createMachine({ invoke: { id: 'inner', src: 'inner' } });
    open.clear();
    const root = createActor(link(outer)).start();
    const actor = root.getSnapshot().children.inner?.getSnapshot().children.child as AnyActorRef;
    assert.equal(open.size, 2);
    actor.send({ type: 'crash' });
    assert.deepEqual([...open], []);
    assert.deepEqual(heard, ['inner']);
    root.stop();
  });

  it('leaves the machine that it was given as it was', () => {
    const before = machine.transition;
    link(machine);
    assert.equal(machine.transition, before);
  });

  it('still fails loudly at the root, where nobody listens', () => {
    open.clear();
    const root = createActor(link(machine));
    const errors: unknown[] = [];
    root.subscribe({ error: (error) => errors.push(error) });
    root.start();
    root.send({ type: 'crash' });
    assert.equal(errors.length, 1);
    assert.equal(root.getSnapshot().status, 'error');
  });
});
