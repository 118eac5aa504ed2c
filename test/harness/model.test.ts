import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assign, fromCallback, fromPromise, sendParent, setup } from 'xstate';
import { BehaviourTable } from './behaviour-table.ts';
import { TransitionCoverage } from './coverage.ts';
import { edgePaths } from './graph.ts';
import { done, failed, graphOptions, type Model, modelTest, replayPath } from './model.ts';

const doorMachine = setup({
  types: {
    context: {} as { tries: number; autoLockMs: number; wasLogged: boolean },
    input: {} as { autoLockMs: number },
    events: {} as { type: 'key'; fits: boolean } | { type: 'push' } | { type: 'bell.rung' },
  },
  actors: {
    unlock: fromPromise<string, { tries: number }>(async () => 'never runs'),
    bell: fromCallback<{ type: 'none' }>(() => {}),
  },
  actions: {
    count: assign({ tries: ({ context }) => context.tries + 1 }),
    alarm: (_, _params: { tries: number }) => {
      throw new Error('not provided');
    },
    tellRung: sendParent({ type: 'somebody.rang' }),
  },
  guards: {
    fits: ({ event }) => event.type === 'key' && event.fits,
    tooOften: ({ context }) => context.tries >= 2,
  },
  delays: { autoLock: ({ context }) => context.autoLockMs },
}).createMachine({
  id: 'door',
  context: ({ input }) => ({ tries: 0, autoLockMs: input.autoLockMs, wasLogged: false }),
  type: 'parallel',
  states: {
    lock: {
      initial: 'locked',
      states: {
        locked: {
          on: {
            key: [
              { guard: 'fits', target: 'unlocking' },
              { actions: 'count', target: 'checking' },
            ],
          },
        },
        checking: { always: [{ guard: 'tooOften', target: 'alarmed' }, { target: 'locked' }] },
        unlocking: {
          invoke: {
            id: 'unlock',
            src: 'unlock',
            input: ({ context }) => ({ tries: context.tries }),
            onDone: 'open',
            onError: 'locked',
          },
        },
        open: { after: { autoLock: 'locked' }, on: { push: 'locked' } },
        alarmed: {
          entry: { type: 'alarm', params: ({ context }) => ({ tries: context.tries }) },
          type: 'final',
        },
      },
    },
    bell: {
      invoke: { id: 'bell', src: 'bell' },
      initial: 'quiet',
      states: { quiet: { on: { 'bell.rung': { actions: 'tellRung' } } } },
    },
  },
});

const doorModel: Model<typeof doorMachine> = {
  input: { autoLockMs: 5_000 },
  events: [
    { type: 'key', fits: true },
    { type: 'key', fits: false },
    done('unlock', 'turned'),
    failed('unlock'),
  ],
  key: ({ tries }) => Math.min(tries, 2),
  sentBy: { bell: 'bell' },
  invariants: {
    'an alarm sounds once, and only after two wrong keys': ({ all, events }) => {
      const wrong = events.filter((event) => event.type === 'key' && event.fits === false).length;
      assert.equal(all.actions.filter(({ type }) => type === 'alarm').length, wrong >= 2 ? 1 : 0);
    },
    'every ring is heard above': ({ all, events }) => {
      const rings = events.filter(({ type }) => type === 'bell.rung').length;
      assert.equal(all.toParent.filter(({ type }) => type === 'somebody.rang').length, rings);
    },
  },
};

modelTest(doorMachine, doorModel);

it('lists the transitions that the paths of a poor model do not take', () => {
  const poor: Model<typeof doorMachine> = {
    ...doorModel,
    events: [{ type: 'key', fits: true }, done('unlock')],
  };
  const coverage = new TransitionCoverage(doorMachine);
  for (const path of edgePaths(doorMachine, graphOptions(poor)).paths) {
    replayPath(doorMachine, poor, path, coverage);
  }
  assert.deepEqual(coverage.report().missing, [
    'door.lock.locked -- key #2 --> door.lock.checking',
    'door.lock.checking -- always [tooOften] #1 --> door.lock.alarmed',
    'door.lock.checking -- always #2 --> door.lock.locked',
  ]);
});

it('finds an implementation that does something else than its machine', () => {
  const paths = edgePaths(doorMachine, graphOptions(doorModel)).paths;
  const deaf = doorMachine.provide({ guards: { fits: () => false } });
  assert.throws(() => {
    for (const path of paths) replayPath(deaf, doorModel, path);
  }, /after key/);
});

it('finds what a machine has lost, though its own graph lacks it too', () => {
  const textOf = (machine: typeof doorMachine) => {
    const table = new BehaviourTable(machine.id);
    const model = { ...doorModel, invariants: {} };
    for (const path of edgePaths(machine, graphOptions(model)).paths)
      replayPath(machine, model, path, undefined, table);
    return table.text();
  };
  const forgetful = doorMachine.provide({ actions: { count: () => {} } });
  assert.match(textOf(doorMachine), /^ {2}key\{fits:false\} → lock.locked \+ bell.quiet: tries :=$/m);
  assert.match(textOf(forgetful), /^ {2}key\{fits:false\} → lock.locked \+ bell.quiet: count$/m);
});

it('names the invariant that is broken', () => {
  const model: Model<typeof doorMachine> = {
    ...doorModel,
    invariants: { 'a door stays shut': ({ snapshot }) => assert.ok(!snapshot.matches({ lock: 'open' })) },
  };
  assert.throws(() => {
    for (const path of edgePaths(doorMachine, graphOptions(model)).paths) {
      replayPath(doorMachine, model, path);
    }
  }, /a door stays shut \(after done:unlock/);
});

it('finds payloads that no state has a use for, because the machine has moved on', () => {
  const stale = { type: 'kick' } as never;
  const model = { ...doorModel, events: [...(doorModel.events as []), stale] };
  assert.deepEqual(edgePaths(doorMachine, graphOptions(model)).unused, ['kick']);
});

it('wants events for a wildcard, because none can be guessed', () => {
  const machine = setup({ types: { events: {} as { type: `rx.${string}` } } }).createMachine({
    id: 'wild',
    initial: 'one',
    states: { one: { on: { 'rx.*': 'one' } } },
  });
  assert.throws(() => edgePaths(machine, { events: () => [], key: () => 0 }), /no event given for rx\.\*/);
});

it('stops a graph that explodes', () => {
  const machine = setup({
    types: { context: {} as { n: number }, events: {} as { type: 'more' } },
    actions: { add: assign({ n: ({ context }) => context.n + 1 }) },
  }).createMachine({ id: 'counter', context: { n: 0 }, on: { more: { actions: 'add' } } });
  const options = graphOptions({ limit: 50, invariants: {} });
  assert.throws(() => edgePaths(machine, options), /limit exceeded/);
});
