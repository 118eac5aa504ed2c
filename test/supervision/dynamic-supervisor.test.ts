import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyActorRef, assign, fromCallback, fromPromise, sendParent, setup } from 'xstate';
import {
  createDynamicSupervisor,
  type DynamicSupervisorNews,
  type DynamicSupervisorOptions,
  type DynamicSupervisorSnapshot,
} from '../../machines/supervision/dynamic-supervisor.ts';
import { link } from '../../machines/supervision/link.ts';
import { toChild, toEveryChild } from '../../machines/supervision/messages.ts';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';
import { type ActorEvent, LIMITS, type Show, Stage } from './stage.ts';

function raise(stage: Stage, options: Partial<DynamicSupervisorOptions> = {}): Show {
  const { effects } = stage;
  const base = { id: 'pool', logic: stage.player('x'), maxChildren: 3, shutdownMs: 500, ...LIMITS, effects };
  return stage.raise(createDynamicSupervisor({ ...base, ...options }));
}
const start = ({ root }: Show, ...children: (string | number)[]) => {
  for (const child of children) root.send({ type: 'dynamic.start', child });
};
const cue = ({ root }: Show, child: string | number, type: ActorEvent) =>
  root.send({ type: 'dynamic.send', child, event: { type } });
const stateOf = ({ root }: Show): DynamicSupervisorSnapshot => root.getSnapshot();

describe('children that come and go', () => {
  it('are started with their input, addressed by the name that the caller gives, and stopped', () => {
    const stage = new Stage();
    const inputs: unknown[] = [];
    const logic = fromCallback(({ input, receive }) => {
      inputs.push(input);
      receive((event) => inputs.push(event.type));
      return () => inputs.push('disposed');
    });
    const { root } = raise(stage, { logic, shutdownMs: 0 });
    root.send({ type: 'dynamic.start', child: 7, input: { port: 7 } });
    root.send({ type: 'dynamic.send', child: 7, event: { type: 'hello' } });
    root.send({ type: 'dynamic.stop', child: 7 });
    assert.deepEqual(inputs, [{ port: 7 }, 'hello', 'disposed']);
    assert.equal(stateOf({ root, error: null }).size, 0);
  });

  it('are refused past the limit, by a taken name, and while the supervisor stops; each is reported', () => {
    const stage = new Stage();
    const show = raise(stage, { logic: stage.player('x', { isStubborn: true }) });
    start(show, 1, 2, 2, 3, 4);
    show.root.send({ type: 'shutdown' });
    start(show, 5);
    const refusals = stage.reports.filter((report) => report.type === 'refused');
    assert.deepEqual(
      refusals.map(({ child, failure }) => [child, failure.code]),
      [
        [2, 3108],
        [4, 3110],
        [5, 3125],
      ],
    );
    assert.equal(stateOf(show).size, 3);
  });

  it('all hear a broadcast', () => {
    const stage = new Stage();
    const show = raise(stage);
    start(show, 1, 2, 3);
    stage.news();
    show.root.send(toEveryChild({ type: 'end' }));
    assert.equal(stage.news(), '-x -x -x');
    assert.equal(stateOf(show).size, 0);
  });

  it('use a bounded pool of actor ids, since XState remembers every id for ever', () => {
    const stage = new Stage();
    const ids = new Set<string>();
    const logic = fromCallback(({ self }) => {
      ids.add(self.id);
    });
    const show = raise(stage, { logic, shutdownMs: 0 });
    for (let child = 0; child < 100; child++) {
      start(show, child, child + 1000);
      show.root.send({ type: 'dynamic.stop', child });
      show.root.send({ type: 'dynamic.stop', child: child + 1000 });
    }
    assert.deepEqual([...ids].sort(), ['pool.0', 'pool.1']);
  });

  it('that are gone get no message meant for an earlier one of the same actor id', () => {
    const stage = new Stage();
    const show = raise(stage);
    start(show, 'old');
    cue(show, 'old', 'end');
    start(show, 'new');
    stage.told();
    cue(show, 'old', 'crash');
    assert.equal(stage.told(), 'undeliverable old');
    assert.equal(stateOf(show).size, 1);
  });

  it('do not take the end of an earlier child for their own, when it waited while the id changed hands', () => {
    const stage = new Stage();
    // While the pool handles this, its mailbox gets: stop old, start new, and only then the end of old.
    const logic = createDynamicSupervisor({
      id: 'pool',
      maxChildren: 1,
      shutdownMs: 0,
      effects: stage.effects,
      logic: setup({
        types: { events: {} as { type: 'end' } },
        actions: {
          replaceMe: ({ self }) => {
            const pool = self._parent as AnyActorRef;
            pool.send({ type: 'dynamic.stop', child: 'old' });
            pool.send({ type: 'dynamic.start', child: 'new' });
          },
        },
      }).createMachine({
        initial: 'living',
        states: {
          living: { on: { end: { target: 'over', actions: 'replaceMe' } } },
          over: { type: 'final' },
        },
      }),
    });
    const pool = stage.raise(logic);
    start(pool, 'old');
    cue(pool, 'old', 'end');
    assert.equal(stateOf(pool).size, 1);
    stage.told();
    cue(pool, 'new', 'end');
    assert.match(stage.told(), /ended new/, 'the new child is still known');
  });
});

describe('ends', () => {
  /** A parent that keeps what it is told. */
  const above = (stage: Stage, options: Partial<DynamicSupervisorOptions> = {}) => {
    const { effects } = stage;
    const base = {
      id: 'pool',
      logic: stage.player('x'),
      maxChildren: 2,
      shutdownMs: 500,
      ...LIMITS,
      effects,
    };
    const heard: DynamicSupervisorNews[] = [];
    const parent = setup({
      types: { events: {} as DynamicSupervisorNews },
      actors: { pool: createDynamicSupervisor({ ...base, ...options }) },
      actions: { keep: ({ event }) => heard.push(event) },
    }).createMachine({ invoke: { id: 'pool', src: 'pool' }, on: { 'dynamic.*': { actions: 'keep' } } });
    const { root } = stage.raise(parent);
    return { heard, show: { root: root.getSnapshot().children.pool as AnyActorRef, error: null } };
  };

  it('reach the parent with output or failure, and so do refusals', () => {
    const stage = new Stage();
    const { heard, show } = above(stage, { shutdownMs: 0 });
    start(show, 'a', 'b', 'c');
    cue(show, 'a', 'end');
    cue(show, 'b', 'crash');
    start(show, 'd');
    show.root.send({ type: 'dynamic.stop', child: 'd' });
    assert.deepEqual(heard, [
      { type: 'dynamic.refused', child: 'c', failure: { code: 3110, message: '2 are there already' } },
      { type: 'dynamic.ended', child: 'a', output: { name: 'x' }, failure: null },
      { type: 'dynamic.ended', child: 'b', output: undefined, failure: { code: 3101, message: 'x fell' } },
      { type: 'dynamic.ended', child: 'd', output: undefined, failure: null },
    ]);
  });

  it('that take too long become a stop, told with 3124', () => {
    const stage = new Stage();
    const { heard, show } = above(stage, { logic: stage.player('x', { isStubborn: true }) });
    start(show, 'a');
    show.root.send({ type: 'dynamic.stop', child: 'a' });
    show.root.send({ type: 'dynamic.stop', child: 'a' });
    stage.clock.increment(499);
    assert.equal(stage.news(), '+x');
    stage.clock.increment(1);
    assert.equal(stage.news(), '-x');
    assert.deepEqual(
      heard.map((news) => 'failure' in news && news.failure?.code),
      [3124],
    );
  });

  it('of promises are ends like any other', async () => {
    const stage = new Stage();
    const logic = fromPromise<number, boolean>(async ({ input }) => {
      if (input) throw new Error('no');
      return 42;
    });
    const { heard, show } = above(stage, { logic });
    show.root.send({ type: 'dynamic.start', child: 'a', input: false });
    show.root.send({ type: 'dynamic.start', child: 'b', input: true });
    await new Promise(setImmediate);
    assert.deepEqual(
      heard.map((news) => news.type === 'dynamic.ended' && [news.output, news.failure?.message]),
      [
        [42, undefined],
        [undefined, 'no'],
      ],
    );
  });

  it('leave no observer behind', () => {
    const stage = new Stage();
    const actors: { observers: Set<unknown> }[] = [];
    const logic = link(
      setup({}).createMachine({
        context: ({ self }) => {
          actors.push(self as unknown as { observers: Set<unknown> });
          return {};
        },
        on: { end: '.over' },
        initial: 'living',
        states: { living: {}, over: { type: 'final' } },
      }),
    );
    const show = raise(stage, { logic });
    start(show, 1);
    assert.equal(actors[0]?.observers.size, 0, 'the supervisor itself does not subscribe');
    const [actor] = actors as unknown as AnyActorRef[];
    actor?.subscribe({ error: () => {} });
    cue(show, 1, 'end');
    assert.equal(actors[0]?.observers.size, 0, 'and those of others go with the child');
  });
});

describe('restart', () => {
  it('brings a crashed child back with its name and input, after a pause that doubles', () => {
    const stage = new Stage();
    const inputs: unknown[] = [];
    const logic = link(
      setup({
        types: { input: {} as string, context: {} as { input: string } },
        actions: {
          crash: () => {
            throw new Error('x');
          },
        },
      }).createMachine({
        context: ({ input }) => {
          inputs.push(input);
          return { input };
        },
        on: { crash: { actions: 'crash' } },
      }),
    );
    const show = raise(stage, { logic, restart: 'transient' });
    show.root.send({ type: 'dynamic.start', child: 'a', input: 'in' });
    for (const pauseMs of [100, 200, 400]) {
      cue(show, 'a', 'crash');
      stage.clock.increment(pauseMs - 1);
      const before = inputs.length;
      stage.clock.increment(1);
      assert.equal(inputs.length, before + 1);
    }
    assert.deepEqual(inputs, ['in', 'in', 'in', 'in']);
    assert.equal(stateOf(show).restarts, 3);
  });

  it('counts over all children, and past the intensity stops all and fails with 3123', () => {
    const stage = new Stage();
    const show = raise(stage, { restart: 'permanent' });
    start(show, 1, 2, 3);
    for (const child of [1, 2, 3]) {
      cue(show, child, 'crash');
      stage.clock.increment(1000);
    }
    stage.news();
    cue(show, 1, 'crash');
    assert.equal(stage.news(), '-x -x -x');
    assert.equal(show.error?.code, 3123);
    assert.match(show.error?.message ?? '', /the last for 1: x fell/);
  });

  it('is dropped when the child is stopped during the pause, even if another takes its name', () => {
    const stage = new Stage();
    const show = raise(stage, { restart: 'permanent' });
    start(show, 'a');
    cue(show, 'a', 'crash');
    show.root.send({ type: 'dynamic.stop', child: 'a' });
    start(show, 'a');
    stage.news();
    stage.clock.increment(1000);
    assert.equal(stage.news(), '');
    assert.equal(stateOf(show).size, 1);
  });

  it('does not follow when the child was told to end', () => {
    const stage = new Stage();
    const show = raise(stage, { restart: 'permanent' });
    start(show, 'a');
    show.root.send({ type: 'dynamic.stop', child: 'a' });
    stage.clock.increment(1000);
    assert.equal(stage.news(), '+x -x');
    assert.equal(stateOf(show).size, 0);
  });
});

describe('shutdown', () => {
  it('asks all children at once and ends when the last has', () => {
    const stage = new Stage();
    const show = raise(stage);
    start(show, 1, 2, 3);
    show.root.send({ type: 'shutdown' });
    assert.equal(stage.news(), '+x +x +x -x -x -x');
    assert.equal(stateOf(show).status, 'done');
  });

  it('stops what is left at the deadline, and what waits for its restart at once', () => {
    const stage = new Stage();
    const logic = stage.player('x', { isStubborn: true });
    const show = raise(stage, { logic, restart: 'permanent' });
    start(show, 1, 2);
    cue(show, 2, 'crash');
    show.root.send({ type: 'shutdown' });
    stage.clock.increment(500);
    assert.equal(stage.news(), '+x +x -x -x');
    assert.equal(stateOf(show).status, 'done');
  });

  it('of an empty one is its end', () => {
    const show = raise(new Stage());
    show.root.send({ type: 'shutdown' });
    assert.equal(stateOf(show).status, 'done');
  });

  it('from outside disposes of everything', () => {
    const stage = new Stage();
    const show = raise(stage);
    start(show, 1, 2);
    show.root.stop();
    assert.equal(stage.news(), '+x +x -x -x');
  });

  it('leaves no child behind when the report throws', () => {
    const stage = new Stage();
    const report = (entry: { type: string }) => {
      if (entry.type === 'refused') throw new Error('the log is full');
    };
    const show = raise(stage, { effects: { ...stage.effects, report } });
    start(show, 1, 2, 2);
    assert.equal(stage.news(), '+x +x -x -x');
    assert.equal(show.error?.message, 'the log is full');
  });
});

describe('in a tree', () => {
  it('is spoken to through the supervisor above, and its children speak to their uncles', () => {
    const stage = new Stage();
    const uncle = setup({
      types: { context: {} as { count: number } },
      actions: { count: assign({ count: ({ context }) => context.count + 1 }) },
    }).createMachine({ context: { count: 0 }, on: { claim: { actions: 'count' } } });
    const logic = setup({
      actions: { claim: sendParent(toChild('admission', { type: 'claim' })) },
    }).createMachine({
      on: { published: { actions: 'claim' } },
    });
    const handlers = createDynamicSupervisor({
      id: 'handlers',
      logic,
      maxChildren: 10,
      shutdownMs: 500,
      effects: stage.effects,
    });
    const { root } = stage.raise(
      createSupervisor({
        id: 'master',
        strategy: 'rest_for_one',
        ...LIMITS,
        effects: stage.effects,
        children: [
          { id: 'admission', logic: uncle, restart: 'permanent', shutdownMs: 0 },
          { id: 'handlers', logic: handlers, restart: 'permanent', shutdownMs: Number.POSITIVE_INFINITY },
        ],
      }),
    );
    for (const child of [1, 2]) root.send(toChild('handlers', { type: 'dynamic.start', child }));
    root.send(toChild('handlers', toEveryChild({ type: 'published' })));
    assert.equal(root.getSnapshot().children.admission?.getSnapshot().context.count, 2);
  });
});
