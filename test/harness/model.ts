import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  ContextFrom,
  EventFromLogic,
  InputFrom,
  SnapshotFrom,
} from 'xstate';
import { BehaviourTable, stateName, TABLE_TEST } from './behaviour-table.ts';
import { TransitionCoverage } from './coverage.ts';
import { type EdgePath, edgePaths, eventTitle, type GraphOptions } from './graph.ts';
import { Replay, type Trace } from './replay.ts';

type Snapshot<Machine extends AnyStateMachine> = SnapshotFrom<Machine>;
type Context<Machine extends AnyStateMachine> = ContextFrom<Machine>;

/** The end of a child: `done('scan', summary)`, `failed('scan', error)`. */
export interface ChildEnd {
  readonly type: `xstate.${'done' | 'error'}.actor.${string}`;
  readonly actorId: string;
  readonly output?: unknown;
  readonly error?: unknown;
}

export type ModelEvent<Machine extends AnyStateMachine> = EventFromLogic<Machine> | ChildEnd;

export interface Model<Machine extends AnyStateMachine> {
  readonly input?: InputFrom<Machine>;
  /** Further inputs, where what a machine is given decides how it begins: the paths of each are replayed. */
  readonly otherInputs?: readonly InputFrom<Machine>[];
  /** Payloads of events, as many of a type as its guards tell apart; types without payload need not stand here. */
  readonly events?:
    | readonly ModelEvent<Machine>[]
    | ((snapshot: Snapshot<Machine>) => readonly ModelEvent<Machine>[]);
  /** What its machine is called here, where it has several models, each with a table of its own: `door-ajar`. */
  readonly title?: string;
  /** What of the context decides what the machine does next. Small. */
  readonly key?: (context: Context<Machine>) => unknown;
  /** What of the context is compared after each step; the whole of it unless given. */
  readonly view?: (context: Context<Machine>) => unknown;
  /** Events that cannot come in a state though the machine would take them. */
  readonly excludes?: (snapshot: Snapshot<Machine>, event: AnyEventObject) => boolean;
  /**
   * Types of events that come in every state, whether the machine takes them there or not: its graph has only those that
   * it takes, and what it has lost nobody would ask for.
   */
  readonly insists?: readonly EventType<Machine>[];
  /** Such events again, and the states in one of which the machine is after each, whatever it was at. */
  readonly leadsTo?: Readonly<Partial<Record<EventType<Machine>, readonly string[]>>>;
  /** States in which the machine never waits for longer, in milliseconds. */
  readonly deadlinesMs?: Readonly<Record<string, number>>;
  readonly stopWhen?: (snapshot: Snapshot<Machine>) => boolean;
  readonly limit?: number;
  /** Child that sends the events of a type, by the type or the words that it begins with. */
  readonly sentBy?: Readonly<Record<string, string>>;
  /**
   * What must hold after every step, by the reason. They say what the machine is for, in terms of what it did to the
   * world, so that a machine that is wrong does not pass because the model is the same machine.
   */
  readonly invariants: Readonly<Record<string, (trace: Trace<Snapshot<Machine>>) => void>>;
}

type EventType<Machine extends AnyStateMachine> = EventFromLogic<Machine>['type'];

export const done = (child: string, output?: unknown): ChildEnd => ({
  type: `xstate.done.actor.${child}`,
  actorId: child,
  output,
});
export const failed = (child: string, error: unknown = new Error('of the model')): ChildEnd => ({
  type: `xstate.error.actor.${child}`,
  actorId: child,
  error,
});

/**
 * Declares the tests of one machine: one for each path of its graph, replayed on the running machine, and the gate that
 * fails when a transition was taken by none of them; and the comparison of all that was seen with its table.
 */
export function modelTest<Machine extends AnyStateMachine>(machine: Machine, model: Model<Machine>): void {
  const title = model.title ?? machine.id;
  describe(title, () => {
    const coverage = new TransitionCoverage(machine);
    const table = new BehaviourTable(title);
    const graphs = begunWith(model).map((one) => ({ one, graph: edgePaths(machine, graphOptions(one)) }));
    for (const { one, graph } of graphs) {
      for (const path of graph.paths) it(path.title, () => replayPath(machine, one, path, coverage, table));
    }
    it('has a use for every event of its model', () => {
      const unused = graphs.map(({ graph }) => new Set(graph.unused));
      const [first = new Set<string>()] = unused;
      assert.deepEqual(
        [...first].filter((title) => unused.every((one) => one.has(title))),
        [],
      );
    });
    const sum = (key: 'states' | 'edges') => graphs.reduce((total, { graph }) => total + graph[key], 0);
    const paths = graphs.flatMap(({ graph }) => graph.paths).length;
    it(`takes every transition (${sum('states')} states, ${sum('edges')} edges, ${paths} paths)`, () => {
      assert.deepEqual(coverage.report().missing, [], 'transitions that no path takes');
    });
    it(TABLE_TEST, () => table.check());
  });
}

/** A model for each input of a model. */
export const begunWith = <Machine extends AnyStateMachine>(model: Model<Machine>): Model<Machine>[] =>
  [model.input, ...(model.otherInputs ?? [])].map((input) => ({ ...model, input }) as Model<Machine>);

export function graphOptions<Machine extends AnyStateMachine>(model: Model<Machine>): GraphOptions {
  const { events = [], key = (context) => context, excludes, stopWhen, limit, input } = model;
  const insists = [...(model.insists ?? []), ...Object.keys(model.leadsTo ?? {})];
  return {
    input,
    events: (snapshot) =>
      (typeof events === 'function'
        ? events(snapshot as Snapshot<Machine>)
        : events) as readonly AnyEventObject[],
    key: (snapshot) => key(snapshot.context),
    ...(excludes && { excludes: excludes as NonNullable<GraphOptions['excludes']> }),
    insists,
    ...(stopWhen && { stopWhen: stopWhen as NonNullable<GraphOptions['stopWhen']> }),
    ...(limit !== undefined && { limit }),
  };
}

/** Replays one path on the running machine, and compares it with the graph after each step. */
export function replayPath<Machine extends AnyStateMachine>(
  machine: Machine,
  model: Model<Machine>,
  path: EdgePath,
  coverage?: TransitionCoverage,
  table?: BehaviourTable,
): void {
  const replay = new Replay(machine, {
    input: model.input,
    ...(coverage && { inspect: coverage.inspect }),
    ...(model.sentBy && { sentBy: model.sentBy }),
  });
  try {
    table?.start(replay);
    compare(model, replay, path.initial, 'at the start');
    for (const { event, snapshot } of path.steps) {
      if (table === undefined) replay.play(event);
      else table.play(replay, event);
      compare(model, replay, snapshot, `after ${eventTitle(event)}`);
    }
  } finally {
    replay.stop();
  }
}

function compare<Machine extends AnyStateMachine>(
  model: Model<Machine>,
  replay: Replay,
  expected: AnyMachineSnapshot,
  when: string,
): void {
  const view = model.view ?? ((context: Context<Machine>) => context);
  const seen = (snapshot: AnyMachineSnapshot) => ({
    status: snapshot.status,
    value: snapshot.value,
    view: view(snapshot.context),
  });
  const { snapshot, cast } = replay;
  if (snapshot.status === 'error') throw new Error(`the machine failed ${when}`, { cause: snapshot.error });
  assert.deepEqual(seen(snapshot), seen(expected), when);
  const known = new Set(snapshot.status === 'active' ? Object.keys(expected.children) : []);
  const leaked = cast.live
    .map(({ id }) => id)
    .filter((id, at, ids) => !known.has(id) || ids.indexOf(id) < at);
  assert.deepEqual(leaked, [], `${when}: children that should have ended`);
  assert.deepEqual(keptOf(snapshot), [], `${when}: children that have ended and are kept`);
  checkOutcome(snapshot, when);
  checkWay(model, replay, when);
  checkInvariants(model, replay, when);
}

/** Whether events led where they have to, and whether the state that it is in now has its deadline. */
function checkWay<Machine extends AnyStateMachine>(
  { leadsTo, deadlinesMs }: Model<Machine>,
  { snapshot, events, clock }: Replay,
  when: string,
): void {
  const state = stateName(snapshot.value);
  const ends = leadsTo?.[events.at(-1)?.type as EventType<Machine>];
  if (ends !== undefined) assert.ok(ends.includes(state), `${when}: ${state}, and not ${ends.join(' or ')}`);
  const deadlineMs = deadlinesMs?.[state];
  if (deadlineMs === undefined) return;
  const isBounded = clock.leftMs().some((leftMs) => leftMs <= deadlineMs);
  assert.ok(isBounded, `${when}: ${state} has no deadline of ${deadlineMs} ms`);
}

/** Whoever failed says why, and nobody else does. */
function checkOutcome({ status, output }: AnyMachineSnapshot, when: string): void {
  if (status !== 'done' || output?.outcome === undefined || output.failure === undefined) return;
  if (output.outcome === 'failed') assert.equal(typeof output.failure?.code, 'number', `${when}: no failure`);
  if (output.outcome === 'done') assert.equal(output.failure, null, `${when}: a failure of what is done`);
}

/** XState keeps a spawned child that has ended until it is stopped; one that is invoked goes with its state. */
function keptOf({ children, machine, status }: AnyMachineSnapshot): string[] {
  if (status !== 'active') return [];
  const invoked = new Set([...nodesOf(machine.root)].flatMap(({ invoke }) => invoke.map(({ id }) => id)));
  return Object.keys(children).filter(
    (id) => !invoked.has(id) && children[id]?.getSnapshot().status !== 'active',
  );
}

function* nodesOf(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* nodesOf(child);
}

/** Throws with the reason of the first invariant that does not hold. */
export function checkInvariants<Machine extends AnyStateMachine>(
  model: Pick<Model<Machine>, 'invariants'>,
  replay: Replay,
  when: string,
): void {
  for (const [reason, check] of Object.entries(model.invariants)) {
    try {
      check(replay as unknown as Trace<Snapshot<Machine>>);
    } catch (error) {
      throw new Error(`${reason} (${when})`, { cause: error });
    }
  }
}
