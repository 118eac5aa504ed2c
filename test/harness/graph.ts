import { getAdjacencyMap } from '@xstate/graph';
import {
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  __unsafe_getAllOwnEventDescriptors as acceptedDescriptors,
} from 'xstate';
import { pureMachine } from '../../src/inspect/pure-machine.ts';

export interface Step {
  readonly event: AnyEventObject;
  /** What the machine is in after the event. */
  readonly snapshot: AnyMachineSnapshot;
}

export interface EdgePath {
  readonly title: string;
  readonly initial: AnyMachineSnapshot;
  readonly steps: readonly Step[];
}

export interface Graph {
  readonly states: number;
  readonly edges: number;
  readonly paths: readonly EdgePath[];
  /** Titles of events of the options that no state takes. */
  readonly unused: readonly string[];
}

export interface GraphOptions {
  readonly input?: unknown;
  /** Events with their payloads; of a type that is not listed, one without payload is sent. */
  readonly events: (snapshot: AnyMachineSnapshot) => readonly AnyEventObject[];
  /** What tells two model states apart besides the state value. Keep it small, or the graph explodes. */
  readonly key: (snapshot: AnyMachineSnapshot) => unknown;
  /** Events that cannot come in this state though the machine would take them. */
  readonly excludes?: (snapshot: AnyMachineSnapshot, event: AnyEventObject) => boolean;
  /** Types of events that come in every state, whether the machine takes them there or not. */
  readonly insists?: readonly string[];
  readonly stopWhen?: (snapshot: AnyMachineSnapshot) => boolean;
  /** States that the graph may have before it is taken for an explosion. */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 20_000;
/** A handler and its payload may be long: titles stay readable. */
const MAX_PAYLOAD_CHARS = 48;

/**
 * One path for every edge of the machine's graph: the shortest way to its source, then the edge. A path that another
 * one begins with is left out.
 *
 * Actions and effects do not run while the graph is made. The events that the machine makes for itself (`after`, ends
 * of its children) are merged with those of the options: `@xstate/graph` would silently drop them.
 */
export function edgePaths(machine: AnyStateMachine, options: GraphOptions): Graph {
  // Which children run decides which of them can end, so it tells states apart too.
  const keyOf = (snapshot: AnyMachineSnapshot) => {
    const { status, value, children } = snapshot;
    return JSON.stringify([status, value, Object.keys(children).sort(), options.key(snapshot)]);
  };
  const offered = new Map<string, AnyEventObject>();
  const used = new Set<string>();
  const events = (snapshot: AnyMachineSnapshot) => {
    if (snapshot.status !== 'active') return [];
    for (const event of options.events(snapshot)) offered.set(eventKey(event), event);
    const chosen = eventsIn(snapshot, options);
    for (const event of chosen) used.add(eventKey(event));
    return chosen;
  };
  const graph = getAdjacencyMap(
    isolated(machine) as never,
    {
      input: options.input,
      limit: options.limit ?? DEFAULT_LIMIT,
      serializeState: keyOf,
      serializeEvent: eventKey,
      events,
      ...(options.stopWhen === undefined ? {} : { stopWhen: options.stopWhen }),
    } as never,
  ) as Record<string, { state: AnyMachineSnapshot; transitions: Record<string, RawStep> }>;

  // The entries stand in the order in which a search in breadth found them, so the first way to a state is a shortest.
  const wayTo = new Map<string, readonly Step[]>();
  const ways: (readonly Step[])[] = [];
  let edges = 0;
  for (const [key, { transitions }] of Object.entries(graph)) {
    const way = wayTo.get(key) ?? [];
    wayTo.set(key, way);
    for (const { event, state: snapshot } of Object.values(transitions)) {
      edges += 1;
      const further = [...way, { event, snapshot }];
      ways.push(further);
      const next = keyOf(snapshot);
      if (!wayTo.has(next)) wayTo.set(next, further);
    }
  }
  const initial = Object.values(graph)[0]?.state as AnyMachineSnapshot;
  const paths = withoutPrefixes(ways).map((steps) => ({ title: titleOf(steps), initial, steps }));
  const unused = [...offered].filter(([key]) => !used.has(key)).map(([, event]) => eventTitle(event));
  return { states: Object.keys(graph).length, edges, paths, unused };
}

interface RawStep {
  event: AnyEventObject;
  state: AnyMachineSnapshot;
}

/** The machine as `@xstate/graph` walks it. */
function isolated(machine: AnyStateMachine) {
  const { initial, next } = pureMachine(machine);
  return {
    getInitialSnapshot: (_: unknown, input: unknown) => initial(input),
    transition: (snapshot: AnyMachineSnapshot, event: AnyEventObject) => {
      try {
        return next(snapshot, event);
      } catch (error) {
        throw new Error(`${machine.id} throws on ${eventTitle(event)} in ${JSON.stringify(snapshot.value)}`, {
          cause: error,
        });
      }
    },
  };
}

/** Every event that the machine takes in this state, with each of its payloads. */
function eventsIn(snapshot: AnyMachineSnapshot, options: GraphOptions): AnyEventObject[] {
  const variants = options.events(snapshot);
  const chosen = new Set<AnyEventObject>();
  for (const descriptor of acceptedDescriptors(snapshot as never) as string[]) {
    const matching = variants.filter(({ type }) => matches(descriptor, type));
    if (matching.length === 0 && descriptor.includes('*')) {
      // Children with many ids end only while they are there: the events of the options say so.
      if (descriptor.startsWith('xstate.')) continue;
      throw new Error(`no event given for ${descriptor} in ${JSON.stringify(snapshot.value)}`);
    }
    for (const event of matching.length > 0 ? matching : [{ type: descriptor }]) chosen.add(event);
  }
  for (const type of options.insists ?? []) {
    const matching = variants.filter((event) => event.type === type);
    const isTaken = [...chosen].some((event) => event.type === type);
    if (!isTaken) for (const event of matching.length > 0 ? matching : [{ type }]) chosen.add(event);
  }
  return [...chosen].filter((event) => isPossible(snapshot, event) && !options.excludes?.(snapshot, event));
}

/** Whether an event of this type is taken by `on: { [descriptor]: … }`. */
export function matches(descriptor: string, type: string): boolean {
  if (descriptor === '*') return true;
  return descriptor.endsWith('.*') ? `${type}.`.startsWith(descriptor.slice(0, -1)) : descriptor === type;
}

const CHILD_END = /^xstate\.(?:done|error)\.actor\.(.+)$/;

/** Children that are not there do not end. */
function isPossible(snapshot: AnyMachineSnapshot, { type }: AnyEventObject): boolean {
  const child = CHILD_END.exec(type)?.[1];
  return child === undefined || Object.hasOwn(snapshot.children, child);
}

const plain = (_key: string, value: unknown) =>
  value instanceof Error ? { ...value, message: value.message } : value;
/** Titles do without sentences and digests. */
const titled = (key: string, value: unknown) => {
  if (key === 'message') return undefined;
  return typeof value === 'string' && value.length > 20 ? `${value.slice(0, 8)}…` : plain(key, value);
};
export const eventKey = (event: AnyEventObject): string => JSON.stringify(event, plain);

/** An event as it shows in the title of a test: without what XState adds to it. */
export function eventTitle(event: AnyEventObject): string {
  const { type, actorId: _, ...payload } = event;
  const name = type.replace(/^xstate\.(after|done|error)\.(?:actor\.)?/, '$1:');
  const text = Object.keys(payload).length === 0 ? '' : JSON.stringify(payload, titled).replaceAll('"', '');
  return name + (text.length > MAX_PAYLOAD_CHARS ? `${text.slice(0, MAX_PAYLOAD_CHARS)}…` : text);
}

const titleOf = (steps: readonly Step[]) => steps.map(({ event }) => eventTitle(event)).join(' → ');

/** Drops each path that is the beginning of another one: replaying the longer one replays it too. */
function withoutPrefixes(ways: (readonly Step[])[]): (readonly Step[])[] {
  const byKey = new Map(ways.map((way) => [way.map(({ event }) => eventKey(event)).join('\n'), way]));
  const keys = [...byKey.keys()].sort();
  const isBeginning = (key: string, next: string | undefined) => next?.startsWith(`${key}\n`) === true;
  const dropped = new Set(keys.filter((key, index) => isBeginning(key, keys[index + 1])));
  return [...byKey].filter(([key]) => !dropped.has(key)).map(([, way]) => way);
}
