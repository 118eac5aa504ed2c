import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import {
  type ActorLogic,
  type AnyActorRef,
  assign,
  createActor,
  type EventObject,
  fromCallback,
  type InspectionEvent,
  SimulatedClock,
  type Snapshot,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import {
  type AnyScope,
  internalsOf,
  methodsOf,
  XSTATE_VERSION,
} from '../../machines/supervision/internals.ts';

/*
 * What supervision leans on in XState without a documented promise. When one of these fails after an upgrade, read
 * the file that the test names before anything else; when one of the last group fails, a workaround may go.
 */

type State = Snapshot<undefined>;
const ACTIVE: State = { status: 'active', output: undefined, error: undefined };

/** Logic that does with an event what `react` says. */
const logicOf = (react: (event: EventObject, scope: AnyScope) => State): ActorLogic<State, EventObject> => ({
  getInitialSnapshot: () => ACTIVE,
  getPersistedSnapshot: (snapshot) => snapshot,
  transition: (_, event, scope) =>
    event.type === 'xstate.stop' ? { ...ACTIVE, status: 'stopped' } : react(event, scope),
});
const childOf = (scope: AnyScope, logic: ActorLogic<State, EventObject>, id = 'child') =>
  createActor(logic, { id, parent: scope.self } as object) as AnyActorRef;
const fall = () => {
  throw new Error('boom');
};

describe('the version', () => {
  it(`is ${XSTATE_VERSION}, installed and pinned`, () => {
    const require = createRequire(import.meta.url);
    assert.equal(require('xstate/package.json').version, XSTATE_VERSION);
    assert.equal(require('../../package.json').dependencies.xstate, XSTATE_VERSION);
  });
});

describe('timers (scheduler.ts)', () => {
  it('pass through a scheduler of three functions that can be replaced before the start', () => {
    const calls: unknown[][] = [];
    const machine = setup({}).createMachine({
      id: 'm',
      initial: 'one',
      states: { one: { after: { 100: 'two' }, on: { go: 'two' } }, two: { after: { 200: 'one' } } },
    });
    const root = createActor(machine, { clock: new SimulatedClock() }) as AnyActorRef;
    const { scheduler } = internalsOf(root.system);
    assert.deepEqual(Object.keys(scheduler), ['schedule', 'cancel', 'cancelAll']);
    scheduler.schedule = (source, target, { type }, delayMs, id) =>
      calls.push(['schedule', source === root, target === root, type, delayMs, id]);
    scheduler.cancel = (source, id) => calls.push(['cancel', source === root, id]);
    scheduler.cancelAll = (source) => calls.push(['cancelAll', source === root]);
    root.start();
    root.send({ type: 'go' });
    root.stop();
    assert.deepEqual(calls, [
      ['schedule', true, true, 'xstate.after.100.m.one', 100, 'xstate.after.100.m.one'],
      ['cancel', true, 'xstate.after.100.m.one'],
      ['schedule', true, true, 'xstate.after.200.m.two', 200, 'xstate.after.200.m.two'],
      ['cancelAll', true],
    ]);
  });

  it('run on the clock of the system, which actors below share', () => {
    const clock = new SimulatedClock();
    const root = createActor(setup({}).createMachine({}), { clock }) as AnyActorRef;
    assert.equal(internalsOf(root.system)._clock, clock);
    const child = createActor(setup({}).createMachine({}), { parent: root } as object);
    assert.equal(child.system, root.system);
  });
});

describe('custom logic as a parent (dynamic-run.ts)', () => {
  it('has one scope for life, the same in the first snapshot and in transitions', () => {
    const scopes = new Set<unknown>();
    const logic = logicOf((_, scope) => {
      scopes.add(scope);
      return ACTIVE;
    });
    const getInitialSnapshot = (scope: AnyScope) => {
      scopes.add(scope);
      return ACTIVE;
    };
    const root = createActor({ ...logic, getInitialSnapshot });
    root.start();
    root.send({ type: 'any' });
    assert.equal(scopes.size, 1);
  });

  it('may start a child after the transition, and hears of its end and of its crash, by id', () => {
    const heard: EventObject[] = [];
    const children: Record<string, ActorLogic<State, EventObject>> = {
      done: logicOf(() => ({ status: 'done', output: undefined, error: undefined })),
      error: logicOf(() => ({ status: 'error', output: undefined, error: 'why' })),
      throw: logicOf(fall),
    };
    const root = createActor(
      logicOf((event, scope) => {
        heard.push(event);
        const logic = children[event.type];
        if (logic) {
          const child = childOf(scope, logic, event.type);
          scope.defer(() => child.start());
          scope.defer(() => internalsOf(scope.system)._relay(scope.self, child, { type: 'go' }));
        }
        return ACTIVE;
      }),
    ).start();
    for (const type of Object.keys(children)) root.send({ type });
    const ends = heard.filter(({ type }) => type.startsWith('xstate.'));
    assert.deepEqual(ends, [
      { type: 'xstate.done.actor.done', actorId: 'done', output: undefined },
      { type: 'xstate.error.actor.error', actorId: 'error', error: 'why' },
      { type: 'xstate.error.actor.throw', actorId: 'throw', error: new Error('boom') },
    ]);
  });

  it('can stop a child, which then tells nobody; and nobody else’s', () => {
    const heard: string[] = [];
    let isOpen = false;
    const socket = fromCallback(() => {
      isOpen = true;
      return () => {
        isOpen = false;
      };
    });
    let child: AnyActorRef | null = null;
    const root = createActor(
      logicOf((event, scope) => {
        heard.push(event.type);
        if (event.type === 'start') {
          const made = createActor(socket, { parent: scope.self } as object) as AnyActorRef;
          child = made;
          scope.defer(() => made.start());
        } else if (child !== null) scope.stopChild(child);
        return ACTIVE;
      }),
    ).start();
    root.send({ type: 'start' });
    assert.equal(isOpen, true);
    root.send({ type: 'stop' });
    root.send({ type: 'stop' });
    assert.equal(isOpen, false);
    assert.deepEqual(heard, ['start', 'stop', 'stop']);
    const stranger = createActor(socket).start();
    child = stranger as AnyActorRef;
    let thrown: unknown = null;
    root.subscribe({ error: (error) => (thrown = error) });
    root.send({ type: 'stop' });
    assert.match(String(thrown), /not a child/);
    stranger.stop();
  });

  it('runs what it defers after the new snapshot is stored, and before the next event', () => {
    const order: string[] = [];
    const root = createActor(
      logicOf((event, scope) => {
        order.push(event.type);
        if (event.type === 'one') {
          scope.self.send({ type: 'two' });
          scope.defer(() => order.push(`deferred, ${scope.self.getSnapshot().output}`));
          return { ...ACTIVE, output: 'stored' } as never;
        }
        return ACTIVE;
      }),
    ).start();
    root.send({ type: 'one' });
    assert.deepEqual(order, ['one', 'deferred, stored', 'two']);
  });

  it('is told to stop by an event of that name', () => {
    const types: string[] = [];
    const logic = logicOf(() => ACTIVE);
    const root = createActor({
      ...logic,
      transition: (snapshot: State, event: EventObject, scope: AnyScope) => {
        types.push(event.type);
        return logic.transition(snapshot, event, scope);
      },
    }).start();
    root.stop();
    assert.deepEqual(types, ['xstate.stop']);
    assert.equal(root.getSnapshot().status, 'stopped');
  });

  it('shows inspectors who sent what it relays', () => {
    const seen: InspectionEvent[] = [];
    const root = createActor(
      logicOf(() => ACTIVE),
      { inspect: (event) => void seen.push(event) },
    ) as AnyActorRef;
    root.start();
    internalsOf(root.system)._relay(root, root, { type: 'to-itself' });
    const event = seen.find((entry) => entry.type === '@xstate.event' && entry.event.type === 'to-itself');
    assert.ok(event?.type === '@xstate.event' && event.sourceRef === root);
  });
});

describe('machines (link.ts, supervisor.ts)', () => {
  const machine = setup({ actions: { fall } }).createMachine({ on: { fall: { actions: 'fall' } } });

  it('are run through two methods of the instance, which provide makes anew', () => {
    const provided = machine.provide({});
    const calls: string[] = [];
    const methods = methodsOf(provided);
    const { transition, getInitialSnapshot } = methods;
    methods.transition = (snapshot, event, scope) => {
      calls.push(event.type);
      return transition(snapshot, event, scope);
    };
    methods.getInitialSnapshot = (scope, input) => {
      calls.push('first');
      return getInitialSnapshot(scope, input);
    };
    createActor(provided).start().send({ type: 'other' });
    createActor(provided.provide({})).start().send({ type: 'not-seen' });
    assert.deepEqual(calls, ['first', 'other']);
  });

  it('execute the actions of the first transition later, through the executor of the scope they got', () => {
    const order: string[] = [];
    const logged = setup({ actions: { log: () => order.push('run') } }).createMachine({ entry: 'log' });
    const provided = logged.provide({});
    const methods = methodsOf(provided);
    const { getInitialSnapshot } = methods;
    methods.getInitialSnapshot = (scope, input) => {
      const actionExecutor: AnyScope['actionExecutor'] = (action) => {
        order.push(`asked for ${action.type}`);
        scope.actionExecutor(action);
      };
      return getInitialSnapshot({ ...scope, actionExecutor }, input);
    };
    const actor = createActor(provided);
    order.push('made');
    actor.start();
    assert.deepEqual(order, ['asked for log', 'made', 'run']);
  });

  it('take the end of any child by a descriptor that ends in a star, and then do not fail with it', () => {
    const heard: string[] = [];
    const parent = setup({
      actors: { machine },
      actions: { hear: ({ event }) => heard.push(event.type) },
    }).createMachine({
      invoke: { id: 'a.b', src: 'machine' },
      on: { 'xstate.error.actor.*': { actions: 'hear' } },
    });
    const root = createActor(parent).start();
    root.getSnapshot().children['a.b']?.send({ type: 'fall' });
    assert.deepEqual(heard, ['xstate.error.actor.a.b']);
    assert.equal(root.getSnapshot().status, 'active');
  });

  it('read delays after the entry actions of the state, whose new context they see', () => {
    const delays: number[] = [];
    const clock = new SimulatedClock();
    const timed = setup({
      types: { context: {} as { delayMs: number } },
      actions: { choose: assign({ delayMs: 100 }) },
      delays: {
        chosen: ({ context }) => {
          delays.push(context.delayMs);
          return context.delayMs;
        },
      },
    }).createMachine({
      context: { delayMs: 1 },
      initial: 'waiting',
      states: {
        waiting: { entry: 'choose', after: { chosen: 'over' } },
        over: {},
      },
    });
    createActor(timed, { clock }).start();
    assert.deepEqual(delays, [100]);
  });

  it('keep an ended child until it is stopped', () => {
    const brief = setup({}).createMachine({
      initial: 'living',
      states: { living: { on: { end: 'over' } }, over: { type: 'final' } },
    });
    const parent = setup({ actors: { brief } }).createMachine({
      entry: spawnChild('brief', { id: 'x' }),
      on: { bury: { actions: stopChild('x') } },
    });
    const root = createActor(parent).start();
    root.getSnapshot().children.x?.send({ type: 'end' });
    assert.equal(root.getSnapshot().children.x?.getSnapshot().status, 'done');
    root.send({ type: 'bury' });
    assert.equal(root.getSnapshot().children.x, undefined);
  });
});

describe('defects that are worked round, and are still there', () => {
  it('a machine that throws leaves what it invoked running (link.ts)', () => {
    let isOpen = false;
    const socket = fromCallback(() => {
      isOpen = true;
      return () => {
        isOpen = false;
      };
    });
    const machine = setup({ actors: { socket }, actions: { fall } }).createMachine({
      invoke: { src: 'socket' },
      on: { fall: { actions: 'fall' } },
    });
    const actor = createActor(machine);
    actor.subscribe({ error: () => {} });
    actor.start();
    actor.send({ type: 'fall' });
    assert.equal(isOpen, true, 'XState disposes of it now: link may go');
  });

  it('a timer whose id is taken leaves the old one running (scheduler.ts)', () => {
    const clock = new SimulatedClock();
    const heard: string[] = [];
    const root = createActor(
      logicOf((event) => {
        heard.push(event.type);
        return ACTIVE;
      }),
      { clock },
    ) as AnyActorRef;
    root.start();
    const { scheduler } = internalsOf(root.system);
    scheduler.schedule(root, root, { type: 'first' }, 10, 'same');
    scheduler.schedule(root, root, { type: 'second' }, 20, 'same');
    clock.increment(30);
    assert.deepEqual(heard, ['first', 'second'], 'XState replaces it now');
  });

  it('every stop of an actor looks at every timer of the system (scheduler.ts)', () => {
    const root = createActor(
      logicOf(() => ACTIVE),
      { clock: new SimulatedClock() },
    ) as AnyActorRef;
    root.start();
    const { scheduler } = internalsOf(root.system);
    let looks = 0;
    const stranger = createActor(logicOf(() => ACTIVE)) as AnyActorRef;
    const timers = root.system.getSnapshot()._scheduledEvents;
    assert.deepEqual(timers, {});
    for (let timer = 0; timer < 10; timer++) scheduler.schedule(root, root, { type: 'x' }, 10, `${timer}`);
    const { _snapshot } = root.system as unknown as {
      _snapshot: { _scheduledEvents: Record<string, object> };
    };
    for (const timer of Object.values(_snapshot._scheduledEvents)) {
      Object.defineProperty(timer, 'source', {
        get: () => {
          looks += 1;
          return root;
        },
      });
    }
    scheduler.cancelAll(stranger);
    assert.equal(looks, 10, 'XState has an index now: indexScheduler may go, but for long delays');
  });
});
