import { getAdjacencyMap } from '@xstate/graph';
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  createMachine,
  initialTransition,
  transition as nextOf,
} from 'xstate';
import { catalog } from '../../machines/catalog.ts';
import { type ChartTransition, transitionKey, transitionsOf } from './transitions.ts';

/** Ways through a chart, each from its beginning. */
export type ChartPath = readonly ChartTransition[];

/** States that a chart may have, those of its regions multiplied, before it is taken for an explosion. */
const MAX_STATES = 20_000;
const ALL_DONE = 'xstate.done.state.';

/**
 * Ways that together take every transition of a chart, each the shortest to where its last one begins. They are those of
 * the picture: what context a guard wants is not asked. The paths on which the tests replay machines know it, by models.
 * `isTaken`: of which transitions there is to be no other than these.
 */
export function chartPaths(
  machine: AnyStateMachine,
  isTaken: (branch: ChartTransition) => boolean = () => true,
): ChartPath[] {
  const branches = transitionsOf(machine).filter(isTaken);
  const byKey = new Map(branches.map((branch) => [transitionKey(branch), branch]));
  const shortest = new Map<string, ChartPath>();
  const wayTo = new Map<string, ChartPath>();
  for (const [place, { transitions }] of Object.entries(graphOf(machine, [...byKey.values()]))) {
    const way = wayTo.get(place) ?? [];
    wayTo.set(place, way);
    for (const { event, state } of Object.values(transitions)) {
      const last = byKey.get(event.type);
      if (last === undefined) continue;
      const further = [...way, last];
      if (!shortest.has(event.type)) shortest.set(event.type, further);
      const next = placeOf(state);
      if (!wayTo.has(next)) wayTo.set(next, further);
    }
  }
  return withoutCovered([...shortest.values()]);
}

/** Of a machine by its id in the catalogue; null if there is none. */
export function pathsOf(id: string): ChartPath[] | null {
  const { machine } = catalog.find((entry) => entry.id === id) ?? {};
  return machine === undefined ? null : chartPaths(machine);
}

interface Place {
  readonly state: AnyMachineSnapshot;
  readonly transitions: Readonly<Record<string, { event: { type: string }; state: AnyMachineSnapshot }>>;
}

const placeOf = ({ status, value }: AnyMachineSnapshot) => JSON.stringify([status, value]);

/** The chart as a machine whose events are its transitions, by their keys, and which does nothing else. */
function graphOf(machine: AnyStateMachine, branches: readonly ChartTransition[]): Record<string, Place> {
  const bare = createMachine(
    bareConfig(
      machine.root,
      Map.groupBy(branches, ({ source }) => source),
    ) as never,
  );
  const logic = {
    getInitialSnapshot: () => initialTransition(bare)[0],
    transition: (snapshot: AnyMachineSnapshot, event: { type: string }) => nextOf(bare, snapshot, event)[0],
  };
  const events = (snapshot: AnyMachineSnapshot) =>
    snapshot.status === 'active' ? branches.filter((branch) => canTake(snapshot, branch)).map(eventOf) : [];
  const options = { events, serializeState: placeOf, limit: MAX_STATES };
  return getAdjacencyMap(logic as never, options as never) as never;
}

const eventOf = (branch: ChartTransition) => ({ type: transitionKey(branch) });

function bareConfig(node: AnyStateNode, bySource: ReadonlyMap<string, readonly ChartTransition[]>): object {
  const { id, type, states } = node;
  const initial = type === 'compound' ? node.initial.target?.[0]?.key : undefined;
  const on = (bySource.get(id) ?? []).map((branch) => [
    transitionKey(branch),
    branch.targets.length === 0 ? {} : { target: branch.targets.map((target) => `#${target}`) },
  ]);
  const below = Object.entries(states).map(([key, child]) => [key, bareConfig(child, bySource)]);
  return {
    ...(node.parent === undefined && { id }),
    type,
    ...(initial !== undefined && { initial }),
    on: Object.fromEntries(on),
    states: Object.fromEntries(below),
  };
}

/** Whether the machine is in the source; an end of all regions wants that they have ended. */
function canTake(snapshot: AnyMachineSnapshot, { source, on }: ChartTransition): boolean {
  const active: ReadonlySet<AnyStateNode> = new Set(snapshot._nodes);
  const node = snapshot._nodes.find(({ id }) => id === source);
  if (node === undefined) return false;
  return !on.startsWith(ALL_DONE) || hasEnded(node, active);
}

function hasEnded(node: AnyStateNode, active: ReadonlySet<AnyStateNode>): boolean {
  const below = Object.values(node.states);
  if (node.type === 'parallel') return below.every((region) => hasEnded(region, active));
  return below.some((child) => child.type === 'final' && active.has(child));
}

/** The longest first; one whose transitions are all taken by those before it is left out. */
function withoutCovered(paths: readonly ChartPath[]): ChartPath[] {
  const taken = new Set<ChartTransition>();
  return paths
    .toSorted((one, other) => other.length - one.length)
    .filter((path) => {
      const isNew = path.some((branch) => !taken.has(branch));
      for (const branch of path) taken.add(branch);
      return isNew;
    });
}
