import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import {
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
  assign,
  createActor,
  createMachine,
  setup,
} from 'xstate';
import { type Failure, failureOf } from '../../machines/failure.ts';
import { permissionMachine } from '../../machines/integrity/permission.ts';
import { differenceOf } from '../../src/inspect/compare-outcomes.ts';
import { MAX_TEXT_CHARS, plainOf } from '../../src/inspect/plain.ts';
import type {
  ActorRecord,
  ActorState,
  InspectionRecord,
  Plain,
  StepRecord,
} from '../../src/inspect/records.ts';
import { type Outcome, replayed } from '../../src/inspect/replay.ts';
import { Tap } from '../../src/inspect/tap.ts';
import { Verifier } from '../../src/inspect/verify.ts';
import { ClusterInProcess, type InProcessNode } from '../spec/cluster-in-process.ts';
import { room } from './room.ts';

let cluster: ClusterInProcess;
afterEach(() => cluster?.close());

const verdictOf = (records: readonly InspectionRecord[]) => {
  const verifier = new Verifier();
  for (const record of records) verifier.take(record);
  return verifier.verdict;
};

const LOCKED = { connectionId: 7, maxLockedMs: 1_000_000, grantTimeoutMs: 1_000_000 };
const STATE: ActorState = { status: 'active', value: 'free', context: LOCKED, children: [], result: null };
const TOLD = { number: 1, atMs: 0, actor: 'x:1' };
const actor = (state: ActorState | null): ActorRecord => ({
  ...TOLD,
  kind: 'actor',
  parent: null,
  id: 'permission',
  machine: 'integrityPermission',
  state,
  wasThere: true,
});
const step = (event: Plain, state: Partial<ActorState>): StepRecord => ({
  ...TOLD,
  kind: 'step',
  event,
  status: state.status ?? 'active',
  state: { ...STATE, ...state },
  taken: [],
});

/** Keeps why a child failed, as all machines do, and fails itself. */
const keeper = setup({ types: { context: {} as { failure: Failure | null } } }).createMachine({
  id: 'keeper',
  context: { failure: null },
  initial: 'idle',
  states: {
    idle: {
      on: {
        break: {
          actions: assign(() => {
            throw new Error('broken');
          }),
        },
        'xstate.error.actor.write': {
          actions: assign({ failure: ({ event }) => failureOf((event as { error?: unknown }).error) }),
        },
      },
    },
  },
});

/** What a tap tells of a machine that runs below another one and is sent an event. */
function stepsOf(machine: AnyStateMachine, event: AnyEventObject, input?: unknown): StepRecord[] {
  const house = setup({ actors: { child: machine } }).createMachine({
    invoke: { src: 'child', id: 'child', input: () => input, onError: {} },
  });
  const root = createActor(house);
  const tap = new Tap({ redact: (text) => text, now: () => 0 });
  tap.attach(root);
  const steps: StepRecord[] = [];
  tap.watch((record) => record.kind === 'step' && steps.push(record));
  root.start();
  const child = root.getSnapshot().children.child as AnyActorRef;
  child.send(event);
  root.stop();
  return steps.filter((step) => step.actor === child.sessionId);
}

describe('the verification of a recording', () => {
  it('finds every step of nodes that work allowed by their machines', async () => {
    cluster = ClusterInProcess.prepare({
      files: { 'etc/rules/a': 'a', 'etc/shared/default/agent.conf': 'x' },
    });
    const verifiers = [cluster.master, cluster.worker()].map((node: InProcessNode) => {
      const verifier = new Verifier();
      node.beforeStart = ({ tap }) => tap.watch((record) => verifier.take(record));
      return verifier;
    });
    await cluster.startMaster();
    await cluster.worker().start();
    await cluster.settled(cluster.worker());
    await cluster.pass(30_000);
    cluster.master.write('etc/rules/b', 'b');
    cluster.master.noticeFiles();
    await cluster.pass(5_000);
    await cluster.settled(cluster.worker());
    for (const { verdict } of verifiers) {
      assert.deepEqual(verdict.departures, []);
      assert.ok(verdict.steps > 100, `${verdict.steps} steps`);
      const passedOver = verdict.machines.filter((each) => each.chart !== null && each.passedOver > 0);
      assert.deepEqual(passedOver, [], 'nothing of machines that have a chart is too long');
      assert.deepEqual(Object.keys(verdict.reasons), ['dynamicSupervisor']);
    }
  });

  it('names a step that its machine does not allow, and goes on from where the recording says that it went', () => {
    const { root, tap, ask, begin, release } = room();
    const seen: InspectionRecord[] = [];
    tap.watch((record) => seen.push(record));
    for (const deed of [ask, begin, release]) deed();
    root.stop();
    assert.deepEqual(verdictOf(seen).departures, []);
    const wrong = seen.map((record) =>
      record.kind === 'step' && record.state?.value === 'running'
        ? { ...record, state: { ...record.state, value: 'granted' } }
        : record,
    );
    const { departures } = verdictOf(wrong);
    assert.deepEqual(
      departures.map(({ chart, from, recorded, allowed }) => [chart, from, recorded, allowed]),
      [
        ['integrity-permission', 'granted', '"granted" active', '"running" active'],
        ['integrity-permission', 'granted', '"free" active', '"granted" active'],
      ],
    );
  });

  it('passes over what was cut, and machines that are not known, and says which those were', () => {
    const { root, tap, ask, begin } = room();
    const seen: InspectionRecord[] = [];
    tap.watch((record) => seen.push(record));
    ask('d'.repeat(MAX_TEXT_CHARS + 1));
    begin();
    root.stop();
    const { machines, departures, reasons } = verdictOf(seen);
    assert.deepEqual(departures, []);
    assert.deepEqual(reasons, { unknownMachine: 2, cut: 1 });
    assert.deepEqual(machines, [
      { machine: 'integrityPermission', chart: 'integrity-permission', steps: 2, passedOver: 1 },
      { machine: 'master', chart: null, steps: 0, passedOver: 2 },
    ]);
  });

  it('passes over a step of an actor of which nothing is recorded before, unless it begins with it', () => {
    const { reasons, steps } = verdictOf([actor(null), step({ type: 'permission.release' }, {})]);
    assert.deepEqual([reasons, steps], [{ notRecorded: 1 }, 0]);
  });

  it('counts steps of dynamic supervisors, which have no chart, and of actors of which nothing is recorded; effects have no steps', () => {
    const stand = { ...STATE, value: null, context: { size: 1, restarts: 0 } };
    const named = (name: string, state: ActorState | null): InspectionRecord[] => [
      { ...actor(state), actor: name, machine: null },
      { ...step({ type: 'child.start' }, {}), actor: name, state },
    ];
    const { machines, reasons, steps, passedOver } = verdictOf([
      ...named('x:2', stand),
      ...named('x:3', null),
      { ...step({ type: 'go' }, {}), actor: 'x:4' },
      { ...step({ type: 'go' }, {}), actor: 'x:4' },
    ]);
    assert.deepEqual([steps, passedOver], [0, 3]);
    assert.deepEqual(reasons, { dynamicSupervisor: 1, unknownActor: 2 });
    assert.deepEqual(machines, [
      { machine: '(dynamic supervisors)', chart: null, steps: 0, passedOver: 1 },
      { machine: '(unknown actors)', chart: null, steps: 0, passedOver: 2 },
    ]);
  });

  it('compares a step whose text is as long as may be, or ends in three dots', () => {
    for (const digest of ['d'.repeat(MAX_TEXT_CHARS), 'd…']) {
      const { root, tap, ask, begin } = room();
      const seen: InspectionRecord[] = [];
      tap.watch((record) => seen.push(record));
      ask(digest);
      begin();
      root.stop();
      const { machines } = verdictOf(seen);
      assert.deepEqual(
        machines.find(({ chart }) => chart !== null),
        { machine: 'integrityPermission', chart: 'integrity-permission', steps: 3, passedOver: 0 },
      );
    }
  });

  const WRONG: readonly [string, Partial<ActorState>, string, string][] = [
    [
      'a context',
      { context: { ...LOCKED, connectionId: 9 } },
      'context {"connectionId":9}',
      'context {"connectionId":7}',
    ],
    ['children', { children: ['nobody'] }, 'children ["nobody"]', 'children []'],
    ['a result', { result: 'lost' }, 'result "lost"', 'result null'],
    ['a beginning', { value: 'granted' }, '"granted" active', '"free" active'],
  ];
  for (const [what, wrong, recorded, allowed] of WRONG)
    it(`finds ${what} that is not what the machine makes of its event`, () => {
      const begun = (state: Partial<ActorState>) => step({ type: 'xstate.init', input: LOCKED }, state);
      assert.deepEqual(verdictOf([actor(null), begun({})]).departures, []);
      const [departure] = verdictOf([actor(null), begun(wrong)]).departures;
      assert.deepEqual([departure?.from, departure?.recorded, departure?.allowed], [null, recorded, allowed]);
    });

  it('finds another way to the same place', () => {
    const asked = (branch: number) => {
      const targets = ['integrityPermission.granted'];
      const taken = [{ source: 'integrityPermission.free', on: 'permission.ask', branch, targets }];
      return { ...step({ type: 'permission.ask', inStep: false }, { value: 'granted' }), taken };
    };
    assert.deepEqual(verdictOf([actor(STATE), asked(1)]).departures, []);
    const [departure] = verdictOf([actor(STATE), asked(0)]).departures;
    assert.deepEqual(
      [departure?.recorded, departure?.allowed],
      [
        'by ["integrityPermission.free permission.ask 0"]',
        'by ["integrityPermission.free permission.ask 1"]',
      ],
    );
  });

  it('takes the failure of a machine, as the tap tells it, for allowed if it is the one that the machine fails with', () => {
    const [begun, failed] = stepsOf(keeper, { type: 'break' });
    assert.ok(begun !== undefined && failed?.state);
    assert.equal(failed.status, 'error');
    const allowed = replayed(keeper, begun.state, failed.event);
    const recorded = (message: string): Outcome => ({
      state: { ...(failed.state as ActorState), result: { code: null, message } },
      taken: failed.taken,
    });
    assert.equal(differenceOf(recorded('broken'), allowed), null);
    assert.deepEqual(differenceOf(recorded('another'), allowed), {
      recorded: 'result {"message":"another"}',
      allowed: 'result {"message":"broken"}',
    });
  });

  it('allows a machine to fail by what the node gave it, where it stood and on its way and nowhere else', () => {
    const breaks = () => {
      throw new Error('broken');
    };
    const lock = permissionMachine.provide({ actions: { answer: breaks } });
    const steps = stepsOf(lock, { type: 'permission.ask', counter: 1, inStep: false, digest: 'd' }, LOCKED);
    assert.deepEqual(
      steps.map(({ status }) => status),
      ['active', 'error'],
    );
    const told = { ...actor(null), actor: steps[0]?.actor ?? '' };
    const { departures, steps: count } = verdictOf([told, ...steps]);
    assert.deepEqual([departures, count], [[], 2]);
    const elsewhere = steps.map((step) =>
      step.status === 'error' && step.state !== null
        ? { ...step, state: { ...step.state, value: 'running' } }
        : step,
    );
    assert.deepEqual(
      verdictOf([told, ...elsewhere]).departures.map(({ recorded, allowed }) => [recorded, allowed]),
      [['"running" error', '"free" error']],
    );
  });

  it('does not believe a failure where no action ran that could have failed', () => {
    const failure = { status: 'error', result: { code: 4711, message: 'invented' } } as const;
    for (const type of ['permission.release', 'nobody.knows', 'xstate.stop']) {
      const { departures } = verdictOf([actor(STATE), step({ type }, failure)]);
      assert.deepEqual(
        departures.map(({ recorded }) => recorded),
        ['"free" error'],
        type,
      );
    }
  });

  it('does not take the first steps of a child for those of who starts it', () => {
    const child = createMachine({ initial: 'a', states: { a: { always: 'b' }, b: {} } });
    const parent = createMachine({
      initial: 'alone',
      states: { alone: { on: { go: 'two' } }, two: { invoke: { src: child } } },
    });
    const { taken } = replayed(parent, { ...STATE, value: 'alone', context: {} }, { type: 'go' });
    assert.deepEqual(
      taken.map(({ on }) => on),
      ['go'],
    );
  });

  it('reads back what a child failed with', () => {
    const error = Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write', path: '/x' });
    const plain = plainOf(error, (text) => text);
    const { state } = replayed(
      keeper,
      { ...STATE, value: 'idle', context: { failure: null } },
      {
        type: 'xstate.error.actor.write',
        error: plain,
      },
    );
    assert.deepEqual(state.context, { failure: { code: 3119, message: '/x: no space' } });
  });

  it('counts events that no transition answers', () => {
    const { root, tap, lock } = room();
    const seen: InspectionRecord[] = [];
    tap.watch((record) => seen.push(record));
    for (const type of ['permission.release', 'permission.unheard', 'permission.unheard'])
      lock.send({ type });
    root.stop();
    const { unanswered, departures } = verdictOf(seen);
    assert.deepEqual(departures, []);
    assert.deepEqual(unanswered, [
      { machine: 'integrityPermission', event: 'permission.release', count: 1 },
      { machine: 'integrityPermission', event: 'permission.unheard', count: 2 },
    ]);
  });
});
