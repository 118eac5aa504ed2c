import { catalog } from '../../machines/catalog.ts';
import {
  type ConformanceInput,
  type ConformanceMeta,
  MAY_END,
  OUTLASTED,
  type Sections,
  type Spoken,
} from '../../machines/conformance/terms.ts';
import { type ChartPath, chartPaths } from '../inspect/chart-paths.ts';
import { type ChartTransition, nodesFrom, transitionsOf } from '../inspect/transitions.ts';

/** The part of the catalogue whose machines tell what a peer has to hear. */
export const CONFORM = 'conform-';

/** What one machine has to tell in a dialect. */
export interface Chapter {
  /** Id of the machine in the catalogue. */
  readonly id: string;
  readonly title: string;
  readonly begins: 'away' | 'session';
  /** The innermost state in which it begins. */
  readonly initial: string;
  readonly paths: readonly ChartPath[];
  /** The innermost state in which it is when this one is entered. */
  entered(state: string): string;
  /** Transitions that a state has, in this dialect: its own, and those of the states that hold it. */
  from(state: string): readonly ChartTransition[];
  /** Where it is written what has to happen in a state. */
  sectionsOf(state: string): Sections;
  /** Whether the connection is to be kept, and served, when a path is left in this state. */
  isKept(state: string): boolean;
  /** Whether the implementation goes on by itself in this state, once a time-out of its own has passed. */
  isOutlasted(state: string): boolean;
}

type Machine = (typeof catalog)[number]['machine'];
type StateNode = Parameters<typeof nodesFrom>[0];
const metaOf = (meta: unknown) => meta as ConformanceMeta | undefined;

/** What is looked at. */
export interface Scope extends ConformanceInput {
  readonly dialect: Spoken;
  /** Whether time-outs of the implementation are waited for. */
  readonly isPatient: boolean;
}

/**
 * The machines of conformance as chapters, with the paths that take every transition that there is in this dialect.
 * `role`: what the implementation is.
 */
export function chaptersOf({ isPatient, ...input }: Scope, role: 'master' | 'worker'): Chapter[] {
  return catalog
    .filter(({ id, machine }) => id.startsWith(CONFORM) && isAbout(metaOf(machine.root.meta)?.of, role))
    .filter(({ machine }) => input.isActive || metaOf(machine.root.meta)?.isActive !== true)
    .filter(({ machine }) => isPatient || metaOf(machine.root.meta)?.isPatient !== true)
    .map(({ id, title, machine }) => chapterOf(id, title, machine, input))
    .filter(({ paths }) => paths.length > 0);
}

const isAbout = (of: ConformanceMeta['of'], role: 'master' | 'worker') =>
  of === 'both' || (of ?? 'master') === role;

function chapterOf(id: string, title: string, machine: Machine, input: ConformanceInput): Chapter {
  const isTaken = ({ guard }: ChartTransition) => guard === null || holds(machine, guard, input);
  const bySource = Map.groupBy(transitionsOf(machine).filter(isTaken), ({ source }) => source);
  const states = new Map([...nodesFrom(machine.root)].map((node) => [node.id, node]));
  /** From the inside to the outside, without the whole machine. */
  const around = (state: string) => [...upFrom(states.get(state))];
  const root = metaOf(machine.root.meta);
  if (root === undefined) throw new Error(`${id} does not say where it is written what it tells`);
  return {
    id,
    title,
    begins: root.begins ?? 'session',
    initial: innermost(machine.root).id,
    paths: chartPaths(machine, isTaken),
    entered: (state) => innermost(states.get(state)).id,
    from: (state) => around(state).flatMap(({ id: place }) => bySource.get(place) ?? []),
    sectionsOf: (state) =>
      around(state)
        .map(({ meta }) => metaOf(meta)?.sections)
        .find((sections) => sections !== undefined) ?? root.sections,
    isKept: (state) => around(state).every(({ type, tags }) => type !== 'final' && !tags.includes(MAY_END)),
    isOutlasted: (state) => around(state).some(({ tags }) => tags.includes(OUTLASTED)),
  };
}

function innermost(node: StateNode | undefined): StateNode {
  if (node === undefined) throw new Error('there is no such state');
  const [inner] = node.type === 'compound' ? (node.initial.target ?? []) : [];
  return inner === undefined ? node : innermost(inner);
}

function* upFrom(node: StateNode | undefined): Generator<StateNode> {
  for (let at = node; at?.parent !== undefined; at = at.parent) yield at;
}

/** Guards of these machines know the dialect only. */
function holds(machine: Machine, guard: string, context: ConformanceInput): boolean {
  const test = machine.implementations.guards[guard];
  if (typeof test !== 'function') throw new Error(`${machine.id} has no guard ${guard}`);
  return (test as (args: unknown, params: unknown) => boolean)({ context }, undefined);
}
