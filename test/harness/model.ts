import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  ContextFrom,
  EventFromLogic,
  InputFrom,
  SnapshotFrom,
} from 'xstate';
import { BehaviourTable, TABLE_TEST } from './behaviour-table.ts';
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
  /** What of the context decides what the machine does next. Small. */
  readonly key?: (context: Context<Machine>) => unknown;
  /** What of the context is compared after each step; the whole of it unless given. */
  readonly view?: (context: Context<Machine>) => unknown;
  /** Events that cannot come in a state though the machine would take them. */
  readonly excludes?: (snapshot: Snapshot<Machine>, event: AnyEventObject) => boolean;
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
  describe(machine.id, () => {
    const coverage = new TransitionCoverage(machine);
    const table = new BehaviourTable(machine.id);
    const begun = [model.input, ...(model.otherInputs ?? [])].map(
      (input) => ({ ...model, input }) as Model<Machine>,
    );
    const graphs = begun.map((one) => ({ one, graph: edgePaths(machine, graphOptions(one)) }));
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

export function graphOptions<Machine extends AnyStateMachine>(model: Model<Machine>): GraphOptions {
  const { events = [], key = (context) => context, excludes, stopWhen, limit, input } = model;
  return {
    input,
    events: (snapshot) =>
      (typeof events === 'function'
        ? events(snapshot as Snapshot<Machine>)
        : events) as readonly AnyEventObject[],
    key: (snapshot) => key(snapshot.context),
    ...(excludes && { excludes: excludes as NonNullable<GraphOptions['excludes']> }),
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
  const leaked = cast.live.filter(({ id }) => !known.has(id)).map(({ id }) => id);
  assert.deepEqual(leaked, [], `${when}: children that should have ended`);
  checkInvariants(model, replay, when);
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
