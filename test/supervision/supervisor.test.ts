import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyActorRef, createActor, fromCallback, setup } from 'xstate';
import type { Strategy } from '../../machines/supervision/children.ts';
import { toChild } from '../../machines/supervision/messages.ts';
import { createSupervisor, type SupervisorOptions } from '../../machines/supervision/supervisor.ts';
import { cue, LIMITS, type Show, Stage } from './stage.ts';

function raise(stage: Stage, options: Partial<SupervisorOptions> = {}): Show {
  const children = ['a', 'b', 'c'].map((id) => stage.spec(id));
  const { effects } = stage;
  const base = { id: 'top', strategy: 'one_for_one' as Strategy, ...LIMITS, children, effects };
  return stage.raise(createSupervisor({ ...base, ...options }));
}
const stateOf = ({ root }: Show): unknown => root.getSnapshot().value;

describe('order', () => {
  it('starts children in order and stops them in reverse', () => {
    const stage = new Stage();
    const show = raise(stage);
    assert.equal(stage.news(), '+a +b +c');
    assert.deepEqual(stateOf(show), { alive: 'running' });
    show.root.send({ type: 'shutdown' });
    assert.equal(stage.news(), '-c -b -a');
    assert.equal(show.root.getSnapshot().status, 'done');
  });

  it('starts nothing behind a child that must become ready, until it is', () => {
    const stage = new Stage();
    const children = [stage.spec('a', { awaitReadyMs: 1000 }), stage.spec('b')];
    const show = raise(stage, { children });
    assert.equal(stage.news(), '+a');
    cue(show, 'a', 'say-ready');
    assert.equal(stage.news(), '+b');
    stage.clock.increment(5000);
    assert.deepEqual(stateOf(show), { alive: 'running' }, 'the start deadline is off');
  });

  it('ignores a child that says it is ready when nobody asked', () => {
    const stage = new Stage();
    const show = raise(stage);
    cue(show, 'a', 'say-ready');
    show.root.send({ type: 'supervisor.ready', child: '__proto__' });
    assert.deepEqual(stateOf(show), { alive: 'running' });
  });

  it('stops a child that does not end in time, reports it, and goes on with the next', () => {
    const stage = new Stage();
    const show = raise(stage, { children: [stage.spec('a'), stage.spec('b', { isStubborn: true })] });
    stage.news();
    stage.told();
    show.root.send({ type: 'shutdown' });
    stage.clock.increment(499);
    assert.equal(stage.news(), '');
    stage.clock.increment(1);
    assert.equal(stage.news(), '-b -a');
    assert.equal(stage.told(), 'killed b, ended a');
  });

  it('gives every child its whole deadline, however long the one before it took', () => {
    const stage = new Stage();
    const children = ['a', 'b'].map((id) => stage.spec(id, { isStubborn: true }));
    const show = raise(stage, { children });
    stage.news();
    show.root.send({ type: 'shutdown' });
    stage.clock.increment(500);
    assert.equal(stage.news(), '-b');
    stage.clock.increment(499);
    assert.equal(stage.news(), '');
    stage.clock.increment(1);
    assert.equal(stage.news(), '-a');
  });

  it('does not ask a child with shutdownMs 0, which could not answer', () => {
    const stage = new Stage();
    let isOpen = false;
    const logic = fromCallback(() => {
      isOpen = true;
      return () => {
        isOpen = false;
      };
    });
    const show = raise(stage, { children: [{ id: 'port', logic, restart: 'permanent', shutdownMs: 0 }] });
    assert.equal(isOpen, true);
    show.root.send({ type: 'shutdown' });
    assert.equal(isOpen, false);
    assert.equal(show.root.getSnapshot().status, 'done');
  });

  it('can be stopped while it starts, and starts nothing any more', () => {
    const stage = new Stage();
    const show = raise(stage, { children: [stage.spec('a', { awaitReadyMs: 1000 }), stage.spec('b')] });
    show.root.send({ type: 'shutdown' });
    stage.clock.increment(5000);
    assert.equal(stage.news(), '+a -a');
  });

  it('can be stopped while a restart is due, and restarts nothing any more', () => {
    const stage = new Stage();
    const show = raise(stage);
    cue(show, 'b', 'crash');
    show.root.send({ type: 'shutdown' });
    stage.clock.increment(5000);
    assert.equal(stage.news(), '+a +b +c -b -c -a');
  });
});

describe('a start that fails', () => {
  it('is not tried again the first time: the supervisor stops what ran and fails with the code of the child', () => {
    const stage = new Stage();
    const show = raise(stage, { children: [stage.spec('a'), stage.spec('b', { awaitReadyMs: 1000 })] });
    cue(show, 'b', 'crash');
    assert.equal(stage.news(), '+a +b -b -a');
    assert.equal(show.error?.code, 3101);
    assert.equal(show.error?.message, 'b fell (top/b could not start)');
    assert.equal(stage.told(), 'started a, started b, not-started b, gave-up, ended a');
  });

  it('fails with 3126 when the child is not ready in time, and disposes of the child', () => {
    const stage = new Stage();
    const show = raise(stage, { children: [stage.spec('a', { awaitReadyMs: 1000 })] });
    stage.clock.increment(1000);
    assert.equal(stage.news(), '+a -a');
    assert.equal(show.error?.code, 3126);
    assert.equal(stage.told(), 'started a, not-started a, gave-up');
  });

  it('counts as a crash once everything had been up', () => {
    const stage = new Stage();
    const show = raise(stage, { children: [stage.spec('a', { awaitReadyMs: 1000 })] });
    cue(show, 'a', 'say-ready');
    cue(show, 'a', 'crash');
    stage.clock.increment(100); // started again
    stage.clock.increment(1000); // and too late
    stage.clock.increment(200); // second pause
    cue(show, 'a', 'say-ready');
    assert.equal(stage.news(), '+a -a +a -a +a');
    assert.deepEqual(stateOf(show), { alive: 'running' });
  });

  it('of a child whose first transition throws is a crash like any other', () => {
    const stage = new Stage();
    const logic = setup({}).createMachine({
      context: () => {
        throw new Error('no context');
      },
    });
    const show = raise(stage, { children: [{ id: 'a', logic, restart: 'permanent', shutdownMs: 0 }] });
    for (let restart = 0; restart < LIMITS.intensity; restart++) stage.clock.increment(1000);
    assert.equal(show.error?.code, 3123);
  });
});

describe('restart', () => {
  it('one_for_one: only the one that crashed, after a pause that doubles', () => {
    const stage = new Stage();
    const show = raise(stage);
    stage.news();
    for (const pauseMs of [100, 200, 400]) {
      cue(show, 'b', 'crash');
      assert.equal(stage.news(), '-b');
      stage.clock.increment(pauseMs - 1);
      assert.equal(stage.news(), '');
      stage.clock.increment(1);
      assert.equal(stage.news(), '+b');
    }
  });

  it('rest_for_one: also those that were started after it, stopped in reverse, started in order', () => {
    const stage = new Stage();
    const show = raise(stage, { strategy: 'rest_for_one' });
    stage.news();
    cue(show, 'b', 'crash');
    assert.equal(stage.news(), '-b -c', 'what depends on it falls before the pause, not after');
    stage.clock.increment(100);
    assert.equal(stage.news(), '+b +c');
  });

  it('one_for_all: everybody', () => {
    const stage = new Stage();
    const show = raise(stage, { strategy: 'one_for_all' });
    stage.news();
    cue(show, 'b', 'crash');
    assert.equal(stage.news(), '-b -c -a');
    stage.clock.increment(100);
    assert.equal(stage.news(), '+a +b +c');
  });

  it('goes by the restart type: permanent always, transient after a crash, temporary never', () => {
    const stage = new Stage();
    const children = [
      stage.spec('permanent'),
      stage.spec('ended', { restart: 'transient' }),
      stage.spec('crashed', { restart: 'transient' }),
      stage.spec('temporary', { restart: 'temporary' }),
    ];
    const show = raise(stage, { children });
    cue(show, 'permanent', 'end');
    cue(show, 'ended', 'end');
    cue(show, 'crashed', 'crash');
    cue(show, 'temporary', 'crash');
    stage.news();
    stage.clock.increment(5000);
    assert.equal(stage.news(), '+permanent +crashed');
  });

  it('of a group brings back a transient child that had ended, and not a temporary one, as in OTP', () => {
    const stage = new Stage();
    const children = [
      stage.spec('a'),
      stage.spec('t', { restart: 'transient' }),
      stage.spec('u', { restart: 'temporary' }),
    ];
    const show = raise(stage, { children, strategy: 'one_for_all' });
    cue(show, 't', 'end');
    stage.news();
    cue(show, 'a', 'crash');
    stage.clock.increment(100);
    assert.equal(stage.news(), '-a -u +a +t');
  });

  it('of a group waits for a child that is slow to end, up to its deadline', () => {
    const stage = new Stage();
    const children = [stage.spec('a'), stage.spec('b', { isStubborn: true }), stage.spec('c')];
    const show = raise(stage, { children, strategy: 'rest_for_one' });
    stage.news();
    cue(show, 'a', 'crash');
    assert.equal(stage.news(), '-a -c');
    stage.clock.increment(500);
    assert.equal(stage.news(), '-b');
    stage.clock.increment(100);
    assert.equal(stage.news(), '+a +b +c');
  });

  it('is not counted twice when the end of a child waited behind the deadline that killed it', () => {
    const stage = new Stage();
    let show: Show | null = null;
    const report: Stage['effects']['report'] = (entry) => {
      stage.effects.report(entry);
      if (entry.type !== 'undeliverable') return;
      // While the supervisor is busy, its mailbox gets the deadline of b, and then the end of b.
      const b = show?.root.getSnapshot().children.b as AnyActorRef;
      stage.clock.increment(500);
      b.send({ type: 'end' });
    };
    const children = [stage.spec('a'), stage.spec('b', { isStubborn: true })];
    show = raise(stage, { children, strategy: 'rest_for_one', effects: { ...stage.effects, report } });
    cue(show, 'a', 'crash');
    stage.told();
    cue(show, 'nobody', 'end');
    assert.equal(stage.told(), 'undeliverable nobody, killed b');
    stage.clock.increment(100);
    assert.equal(stage.news(), '+a +b -a -b +a +b');
  });

  it('takes in a second crash during the pause: both start together, after the longer pause', () => {
    const stage = new Stage();
    const show = raise(stage);
    stage.news();
    cue(show, 'c', 'crash');
    stage.clock.increment(50);
    cue(show, 'a', 'crash');
    stage.clock.increment(199);
    assert.equal(stage.news(), '-c -a');
    stage.clock.increment(1);
    assert.equal(stage.news(), '+a +c');
  });
});

describe('intensity', () => {
  it('past it, stops all children in reverse and fails with 3123', () => {
    const stage = new Stage();
    const show = raise(stage);
    for (let restart = 0; restart < LIMITS.intensity; restart++) {
      cue(show, 'b', 'crash');
      stage.clock.increment(1000);
    }
    assert.equal(show.root.getSnapshot().status, 'active');
    stage.news();
    cue(show, 'b', 'crash');
    assert.equal(stage.news(), '-b -c -a');
    assert.equal(show.error?.code, 3123);
    assert.match(show.error?.message ?? '', /more than 3 restarts in 10000 ms, the last for b: b fell/);
  });

  it('0 gives up at the first crash', () => {
    const stage = new Stage();
    const show = raise(stage, { intensity: 0 });
    cue(show, 'a', 'crash');
    assert.equal(show.error?.code, 3123);
  });

  it('forgets restarts that lie back longer than the period', () => {
    const stage = new Stage();
    const show = raise(stage);
    for (let restart = 0; restart < 20; restart++) {
      cue(show, 'b', 'crash');
      stage.clock.increment(LIMITS.periodMs + 1);
    }
    assert.equal(show.root.getSnapshot().status, 'active');
    assert.equal(show.root.getSnapshot().context.restartsMs.length, 1, 'and keeps no list of them');
  });

  it('counts the restarts of each child for as long as it lives, each by the one that ended', () => {
    const stage = new Stage();
    const show = raise(stage, { strategy: 'one_for_all' });
    const counts = () => show.root.getSnapshot().context.restarts;
    assert.deepEqual(counts(), {});
    for (const id of ['b', 'b', 'a']) {
      cue(show, id, 'crash');
      stage.clock.increment(LIMITS.periodMs + 1);
    }
    assert.deepEqual(counts(), { a: 1, b: 2 });
  });

  it('escalates: the supervisor above restarts the one below, and gives up in its turn', () => {
    const stage = new Stage();
    const inner = createSupervisor({
      id: 'inner',
      strategy: 'one_for_one',
      ...LIMITS,
      intensity: 1,
      children: [stage.spec('x'), stage.spec('y')],
      effects: stage.effects,
    });
    const show = raise(stage, {
      intensity: 1,
      children: [
        stage.spec('a'),
        { id: 'inner', logic: inner, restart: 'permanent', shutdownMs: Number.POSITIVE_INFINITY },
      ],
    });
    const crash = () => show.root.send(toChild('inner', toChild('x', { type: 'crash' })));
    assert.equal(stage.news(), '+a +x +y');
    crash();
    stage.clock.increment(100);
    assert.equal(stage.news(), '-x +x', 'the supervisor below deals with it');
    crash();
    assert.equal(stage.news(), '-x -y', 'and gives up');
    assert.equal(show.root.getSnapshot().status, 'active');
    stage.clock.increment(100);
    assert.equal(stage.news(), '+x +y', 'the one above starts it afresh');
    crash();
    stage.clock.increment(100);
    crash();
    assert.equal(stage.news(), '-x +x -x -y -a');
    assert.equal(show.error?.code, 3123);
    assert.match(
      show.error?.message ?? '',
      /^top: .* inner: inner: .* x: x fell$/,
      'the whole chain is told',
    );
  });
});

describe('a tree', () => {
  it('is ready when the supervisor below has all its children up', () => {
    const stage = new Stage();
    const inner = createSupervisor({
      id: 'inner',
      strategy: 'one_for_one',
      ...LIMITS,
      children: [stage.spec('x', { awaitReadyMs: 1000 })],
      effects: stage.effects,
    });
    const show = raise(stage, {
      children: [
        { id: 'inner', logic: inner, restart: 'permanent', shutdownMs: 1000, awaitReadyMs: 2000 },
        stage.spec('b'),
      ],
    });
    assert.equal(stage.news(), '+x');
    show.root.send(toChild('inner', toChild('x', { type: 'say-ready' })));
    assert.equal(stage.news(), '+b');
    show.root.send({ type: 'shutdown' });
    assert.equal(stage.news(), '-b -x');
  });

  it('lets a child speak to a sibling and to the parent of its supervisor', () => {
    const stage = new Stage();
    const heard: string[] = [];
    const talker = fromCallback(({ sendBack }) => {
      sendBack(toChild('b', { type: 'end' }));
    });
    const children = [
      stage.spec('b', { restart: 'temporary' }),
      stage.spec('c'),
      { id: 'talker', logic: talker, restart: 'permanent' as const, shutdownMs: 0 },
    ];
    const { effects } = stage;
    const inner = createSupervisor({ id: 'inner', strategy: 'one_for_one', ...LIMITS, children, effects });
    const outer = setup({ actors: { inner } }).createMachine({
      invoke: { id: 'inner', src: 'inner' },
      on: { news: { actions: ({ event }) => heard.push(event.from) } },
    });
    const { root } = stage.raise(outer);
    assert.equal(stage.news(), '+b +c -b');
    (root.getSnapshot().children.inner as AnyActorRef).send(toChild('c', { type: 'tell-parent' }));
    assert.deepEqual(heard, ['c']);
  });

  it('reports a message for a child that is not there, and loses it', () => {
    const stage = new Stage();
    const show = raise(stage);
    stage.told();
    cue(show, 'nobody', 'end');
    cue(show, 'a', 'crash');
    cue(show, 'a', 'end');
    cue(show, 'b', 'tell-parent');
    assert.equal(
      stage.told(),
      'undeliverable nobody, ended a, restarting a, undeliverable a, undeliverable parent',
    );
  });

  it('that is stopped from outside disposes of everything at once', () => {
    const stage = new Stage();
    const show = raise(stage);
    stage.news();
    show.root.stop();
    assert.equal(stage.news(), '-a -b -c');
  });

  it('leaves no child behind when the report of a restart throws', () => {
    const stage = new Stage();
    let isBroken = false;
    const effects = {
      ...stage.effects,
      report: () => {
        if (isBroken) throw new Error('the log is full');
      },
    };
    const show = raise(stage, { effects });
    isBroken = true;
    stage.news();
    cue(show, 'b', 'crash');
    assert.equal(stage.news(), '-b -a -c');
    assert.equal(show.error?.message, 'the log is full');
  });
});

describe('options', () => {
  const stage = new Stage();
  const make = (options: Partial<SupervisorOptions>) => () =>
    createActor(
      createSupervisor({
        id: 'top',
        strategy: 'one_for_one',
        ...LIMITS,
        children: [stage.spec('a')],
        effects: stage.effects,
        ...options,
      }),
    );

  it('that cannot work are refused when the supervisor is made', () => {
    assert.throws(make({ children: [stage.spec('a'), stage.spec('a')] }), /two children/);
    assert.throws(make({ children: [stage.spec('a', { shutdownMs: -1 })] }), /shutdownMs/);
    assert.throws(make({ children: [stage.spec('a', { awaitReadyMs: 0 })] }), /awaitReadyMs/);
    assert.throws(make({ intensity: 1.5 }), /whole number/);
  });
});
