import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type AnyActorRef, type AnyStateMachine, assign, createActor, fromPromise, setup } from 'xstate';
import { createDynamicSupervisor, dynamicActors } from '../../machines/supervision/dynamic-supervisor.ts';
import { link } from '../../machines/supervision/link.ts';
import { DEFAULT_RESTART_LIMITS } from '../../machines/supervision/restart-policy.ts';
import type { InspectionRecord, StepRecord } from '../../src/inspect/records.ts';
import { Tap } from '../../src/inspect/tap.ts';
import { waitFor } from '../harness/wait-for.ts';

/** A script of the page, which has no types. */
const { Model } = (await import(new URL('../../src/inspect/page/model.js', import.meta.url).href)) as {
  Model: new () => {
    take(batch: readonly InspectionRecord[]): void;
    livingBelow(parent: string | null): unknown[];
  };
};

const breaks = () => {
  throw new Error('broken');
};
/** Breaks on the way to `gone`, or in it. */
const fragile = setup({
  types: { context: {} as { size: number } },
  actions: {
    breaks,
    assignsBroken: assign(breaks),
    sendsTwice: ({ self }) => {
      self.send({ type: 'go' });
      self.send({ type: 'later' });
    },
  },
  guards: { isBroken: breaks },
}).createMachine({
  id: 'fragile',
  context: { size: 1 },
  initial: 'whole',
  states: {
    whole: {
      on: {
        twice: { actions: 'sendsTwice' },
        go: { actions: 'breaks', target: 'gone' },
        assign: { actions: 'assignsBroken', target: 'gone' },
        guard: { guard: 'isBroken', target: 'gone' },
        further: 'further',
      },
    },
    further: { always: { guard: 'isBroken', target: 'gone' } },
    gone: {},
  },
});
const brokenFromBirth = setup({ actions: { breaks } }).createMachine({ id: 'fragile', entry: 'breaks' });
const neverBorn = setup({}).createMachine({ id: 'fragile', context: breaks });
const cutOff = setup({ actors: { effect: fromPromise(async () => breaks()) } }).createMachine({
  id: 'fragile',
  invoke: { src: 'effect' },
});

/** A dynamic supervisor that runs one of these, and a watcher. */
function watched(machine: AnyStateMachine) {
  const logic = createDynamicSupervisor({
    ...DEFAULT_RESTART_LIMITS,
    id: 'all',
    logic: link(machine),
    maxChildren: 10,
    shutdownMs: 0,
    effects: { now: () => 0, random: () => 0, report: () => {} },
  });
  const root = createActor(logic);
  const tap = new Tap({ redact: (text) => text, now: () => Date.now() });
  tap.attach(root);
  root.start();
  const records: InspectionRecord[] = [];
  tap.watch((record) => records.push(record));
  const ends = () =>
    records.filter((record): record is StepRecord => record.kind === 'step' && record.status === 'error');
  const start = (child: number) => root.send({ type: 'dynamic.start', child });
  const send = (child: number, type: string) => root.send({ type: 'dynamic.send', child, event: { type } });
  return { root, tap, records, ends, start, send };
}

const typeOf = ({ event }: StepRecord) => (event as { type: string } | null)?.type;

describe('the failure of an actor', () => {
  const WAYS: readonly [string, AnyStateMachine, string | null, string, readonly string[]][] = [
    ['an action', fragile, 'go', 'go', []],
    ['an assignment', fragile, 'assign', 'assign', []],
    ['a guard', fragile, 'guard', 'guard', []],
    ['a guard after a transition', fragile, 'further', 'further', ['further']],
    ['an action, while an event waits', fragile, 'twice', 'go', []],
    ['its first action', brokenFromBirth, null, 'xstate.init', []],
    ['its first context', neverBorn, null, 'xstate.init', []],
  ];
  for (const [what, machine, sent, event, taken] of WAYS)
    it(`by ${what} is told once, as its last step, before its parent hears of it`, () => {
      const { root, records, ends, start, send } = watched(machine);
      start(1);
      if (sent !== null) send(1, sent);
      const [end, ...others] = ends();
      assert.ok(end !== undefined);
      assert.deepEqual(others, []);
      assert.deepEqual([typeOf(end), end.taken.map(({ on }) => on)], [event, taken]);
      const { value, result } = end.state ?? {};
      assert.match((result as { message: string }).message, /broken$/);
      if (machine === fragile) assert.equal(value, 'whole', 'it stands where it stood');
      const heard = records.findIndex(
        (record) =>
          record.kind === 'event' && (record.event as { type: string }).type.startsWith('xstate.error'),
      );
      assert.ok(records.indexOf(end) < heard, 'the parent hears of it afterwards');
      const later = records.slice(records.indexOf(end) + 1);
      assert.ok(!later.some((record) => record.kind === 'step' && record.actor === end.actor));
      const page = new Model();
      page.take(records);
      assert.deepEqual(page.livingBelow(root.sessionId), []);
      root.stop();
    });

  it('that is an effect is told once, with what it ended by', async () => {
    const { root, ends, start } = watched(cutOff);
    start(1);
    const [effect] = await waitFor('the failure', () => (ends().length > 0 ? ends() : null));
    assert.deepEqual([effect?.state, typeOf(effect as StepRecord)], [null, 'xstate.promise.reject']);
    const told = ends().map(({ actor }) => actor);
    assert.deepEqual(told, [...new Set(told)]);
    root.stop();
  });

  it('that is the root is told too', () => {
    const root = createActor(fragile);
    const tap = new Tap({ redact: (text) => text, now: () => Date.now() });
    tap.attach(root);
    const steps: StepRecord[] = [];
    tap.watch((record) => record.kind === 'step' && steps.push(record));
    // As the node does, which stops then.
    const errors: unknown[] = [];
    root.subscribe({ error: (error) => errors.push(error) });
    root.start();
    root.send({ type: 'go' });
    assert.equal(errors.length, 1);
    assert.deepEqual(
      steps.map((step) => [typeOf(step), step.status]),
      [
        ['xstate.init', 'active'],
        ['go', 'error'],
      ],
    );
  });

  it('leaves nothing of it with those who watch', async () => {
    const { root, start, send } = watched(fragile);
    const refs: WeakRef<AnyActorRef>[] = [];
    for (let child = 0; child < 20; child += 1) {
      start(child);
      refs.push(...(dynamicActors(root) ?? []).map((actor) => new WeakRef(actor)));
      send(child, 'further');
    }
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    // The last one may still be named by what has just run.
    await waitFor('the end of those that failed', () => {
      collect();
      return refs.filter((ref) => ref.deref() !== undefined).length <= 1 || null;
    });
    assert.equal(refs.length, 20);
    root.stop();
  });
});
