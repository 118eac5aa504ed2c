import { catalog } from '../../machines/catalog.ts';
import {
  type ConformanceInput,
  type ConformanceMeta,
  MAY_END,
  type Sections,
  type Spoken,
} from '../../machines/conformance/terms.ts';
import { type ChartPath, chartPaths } from '../inspect/chart-paths.ts';
import { type ChartTransition, transitionsOf } from '../inspect/transitions.ts';

/** The part of the catalogue whose machines tell what a peer has to hear. */
export const CONFORM = 'conform-';

/** What one machine has to tell in a dialect. */
export interface Chapter {
  /** Id of the machine in the catalogue. */
  readonly id: string;
  readonly title: string;
  readonly begins: 'away' | 'session';
  readonly initial: string;
  readonly paths: readonly ChartPath[];
  /** Transitions that a state has, in this dialect. */
  from(state: string): readonly ChartTransition[];
  /** Where it is written what has to happen in a state. */
  sectionsOf(state: string): Sections;
  /** Whether the connection is to be kept, and served, when a path is left in this state. */
  isKept(state: string): boolean;
}

type Machine = (typeof catalog)[number]['machine'];
const metaOf = (meta: unknown) => meta as ConformanceMeta | undefined;

/**
 * The machines of conformance as chapters, with the paths that take every transition that there is in this dialect.
 * `role`: what the implementation is.
 */
export function chaptersOf(
  input: ConformanceInput & { dialect: Spoken },
  role: 'master' | 'worker',
): Chapter[] {
  return catalog
    .filter(({ id, machine }) => id.startsWith(CONFORM) && isAbout(metaOf(machine.root.meta)?.of, role))
    .filter(({ machine }) => input.isActive || metaOf(machine.root.meta)?.isActive !== true)
    .map(({ id, title, machine }) => chapterOf(id, title, machine, input));
}

const isAbout = (of: ConformanceMeta['of'], role: 'master' | 'worker') =>
  of === 'both' || (of ?? 'master') === role;

function chapterOf(id: string, title: string, machine: Machine, input: ConformanceInput): Chapter {
  const isTaken = ({ guard }: ChartTransition) => guard === null || holds(machine, guard, input);
  const bySource = Map.groupBy(transitionsOf(machine).filter(isTaken), ({ source }) => source);
  const states = new Map(Object.values(machine.states).map((node) => [node.id, node]));
  const root = metaOf(machine.root.meta);
  if (root === undefined) throw new Error(`${id} does not say where it is written what it tells`);
  return {
    id,
    title,
    begins: root.begins ?? 'session',
    initial: machine.root.initial.target?.[0]?.id ?? '',
    paths: chartPaths(machine, isTaken),
    from: (state) => bySource.get(state) ?? [],
    sectionsOf: (state) => metaOf(states.get(state)?.meta)?.sections ?? root.sections,
    isKept: (state) => {
      const node = states.get(state);
      return node?.type !== 'final' && node?.tags.includes(MAY_END) !== true;
    },
  };
}

/** Guards of these machines know the dialect only. */
function holds(machine: Machine, guard: string, context: ConformanceInput): boolean {
  const test = machine.implementations.guards[guard];
  if (typeof test !== 'function') throw new Error(`${machine.id} has no guard ${guard}`);
  return (test as (args: unknown, params: unknown) => boolean)({ context }, undefined);
}
