import { not } from 'xstate';

/** What is done to a chart. */
export type Operator =
  | 'transition dropped'
  | 'guard left out'
  | 'guard turned round'
  | 'target left out'
  | 'not entered anew'
  | 'action lost'
  | 'child not invoked';

/** One small wrong in one chart. */
export interface Mutant {
  /** Where, as a reader would find it in the machine's file: `states.free.on.permission.ask[1]`. */
  readonly place: string;
  readonly operator: Operator;
  /** The guard, action, target or child that it concerns; empty for a whole transition. */
  readonly what: string;
  /** The chart with this wrong in it. The chart given stays as it was. */
  readonly apply: (chart: Chart) => Chart;
}

/** The configuration of a machine, or any part of it. */
export type Chart = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];
type Change = (value: unknown) => unknown;
interface Found {
  readonly path: Path;
  readonly operator: Operator;
  readonly what: string;
  /** What stands in its place; undefined takes it out. */
  readonly change: Change;
}

const OUT: Change = () => undefined;

/** Every wrong that is tried in a chart, in the order of its text. */
export function mutantsOf(chart: Chart): Mutant[] {
  return [...inState(chart, [])].map(({ path, operator, what, change }) => ({
    place: placeOf(path),
    operator,
    what,
    apply: (whole) => changed(whole, path, change) as Chart,
  }));
}

function* inState(state: Chart, path: Path): Generator<Found> {
  for (const key of ['entry', 'exit']) yield* inActions(state[key], [...path, key]);
  yield* inInvocations(state.invoke, [...path, 'invoke']);
  for (const key of ['on', 'after']) {
    for (const [event, taken] of entriesOf(state[key])) yield* inTransitions(taken, [...path, key, event]);
  }
  for (const key of ['always', 'onDone']) yield* inTransitions(state[key], [...path, key]);
  for (const [name, child] of entriesOf(state.states))
    yield* inState(child as Chart, [...path, 'states', name]);
}

function* inInvocations(invoked: unknown, path: Path): Generator<Found> {
  for (const [at, child] of listed(invoked, path)) {
    const what = named((child as Chart).id ?? (child as Chart).src);
    yield { path: at, operator: 'child not invoked', what, change: OUT };
    for (const key of ['onDone', 'onError', 'onSnapshot'])
      yield* inTransitions((child as Chart)[key], [...at, key]);
  }
}

function* inTransitions(taken: unknown, path: Path): Generator<Found> {
  for (const [at, branch] of listed(taken, path)) {
    yield { path: at, operator: 'transition dropped', what: '', change: OUT };
    if (typeof branch !== 'object' || branch === null) continue;
    const { guard, target, actions, reenter } = branch as Chart;
    if (guard !== undefined) yield* inGuard(guard, [...at, 'guard']);
    // Without a target one that is always taken would be taken for ever.
    const isEventless = at.includes('always');
    if (target !== undefined && actions !== undefined && !isEventless)
      yield { path: [...at, 'target'], operator: 'target left out', what: named(target), change: OUT };
    if (reenter === true)
      yield { path: [...at, 'reenter'], operator: 'not entered anew', what: named(target), change: OUT };
    yield* inActions(actions, [...at, 'actions']);
  }
}

function* inGuard(guard: unknown, path: Path): Generator<Found> {
  const what = named(guard);
  yield { path, operator: 'guard left out', what, change: OUT };
  yield { path, operator: 'guard turned round', what, change: (found) => not(found as string) };
}

function* inActions(actions: unknown, path: Path): Generator<Found> {
  for (const [at, action] of listed(actions, path))
    yield { path: at, operator: 'action lost', what: named(action), change: OUT };
}

/** The members of what may be one or a list of them, each with its place. */
function listed(value: unknown, path: Path): [Path, unknown][] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map((member, index) => [[...path, index], member]) : [[path, value]];
}

const entriesOf = (value: unknown) => Object.entries((value ?? {}) as Chart);

/** A copy in which the value at a place is another one. Charts share parts, so nothing is changed where it stands. */
function changed(value: unknown, [first, ...rest]: Path, change: Change): unknown {
  if (first === undefined) return change(value);
  if (Array.isArray(value)) {
    const members = value.map((member, index) => (index === first ? changed(member, rest, change) : member));
    return members.filter((member) => member !== undefined);
  }
  const whole = { ...(value as Record<string, unknown>) };
  whole[first] = changed(whole[first], rest, change);
  if (whole[first] === undefined) delete whole[first];
  return whole;
}

function named(part: unknown): string {
  if (typeof part === 'string') return part;
  if (Array.isArray(part)) return part.map(named).join(', ');
  const type = (part as { type?: unknown } | null)?.type;
  return typeof type === 'string' ? type : '';
}

function placeOf(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
