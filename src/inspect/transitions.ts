import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { StepRecord } from './records.ts';

type Definition = AnyStateNode['always'] extends (infer T)[] | undefined ? T : never;

/** One branch of a transition of a chart. */
export interface ChartTransition {
  /** Id of the state that it leaves. */
  readonly source: string;
  /** Type of the event as XState has it; empty for `always`. */
  readonly on: string;
  /** Place among the branches of this event, from 0. */
  readonly branch: number;
  /** Ids of the states that it leads to; empty where it stays. */
  readonly targets: readonly string[];
  /** The event for people: `read done`, `after settle`, `rx.syn_i_w_m`. */
  readonly event: string;
  readonly guard: string | null;
}

/** Tells a branch from all others of its machine. */
export const transitionKey = ({ source, on, branch }: Pick<ChartTransition, 'source' | 'on' | 'branch'>) =>
  `${source}\n${on}\n${branch}`;

/** All branches of a machine, in the order of its chart. */
export function transitionsOf({ root }: AnyStateMachine): ChartTransition[] {
  return [...nodesFrom(root)].flatMap((node) =>
    branchesOf(node).flatMap((branches) =>
      branches.map(({ eventType, guard, target }, branch) => ({
        source: node.id,
        on: eventType,
        branch,
        targets: (target ?? []).map(({ id }) => id),
        event: eventName(node, eventType),
        guard: guard === undefined ? null : nameOf(guard),
      })),
    ),
  );
}

/** A transition that was taken, as recordings have it. */
export function takenOf(transition: AnyTransitionDefinition): StepRecord['taken'][number] {
  const { source, eventType, target } = transition;
  const targets = (target ?? []).map(({ id }) => id);
  return { source: source.id, on: eventType, branch: branchOf(transition), targets };
}

/**
 * A step as one of the same machine under another id: supervisors have the ids that their node gives them, and one chart.
 * `asDrawn` of page/chart-places.js, for lists.
 */
export function underId(id: string, taken: StepRecord['taken'][number]): StepRecord['taken'][number] {
  const own = (state: string) => id + (state.includes('.') ? state.slice(state.indexOf('.')) : '');
  const { source, on, branch, targets } = taken;
  // The event of a deadline ends with the id of its state.
  const ownOn = on.startsWith('xstate.after.') ? on.slice(0, -source.length) + own(source) : on;
  return { source: own(source), on: ownOn, branch, targets: targets.map(own) };
}

/** Place of a branch among those of its event. */
function branchOf(transition: Definition): number {
  const branches = branchesOf(transition.source).find((some) => some.includes(transition));
  return branches?.indexOf(transition) ?? 0;
}

const branchesOf = (node: AnyStateNode): (readonly Definition[])[] => [
  ...node.transitions.values(),
  node.always ?? [],
];

/** A state and all below it. */
export function* nodesFrom(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const below of Object.values(node.states)) yield* nodesFrom(below);
}

/** The name of an action, a guard or a source, however it is written. */
export function nameOf(named: unknown): string {
  if (typeof named === 'string') return named;
  if (typeof named === 'function') return (named as { type?: string }).type ?? named.name;
  return String((named as { type?: unknown } | null)?.type ?? '');
}

/** The event of a transition of this state, as pictures and lists have it. */
export function eventName(node: AnyStateNode, type: string): string {
  if (type === '') return 'always';
  const name = type
    .replace(/^xstate\.done\.actor\.(.*)$/, '$1 done')
    .replace(/^xstate\.error\.actor\.(.*)$/, '$1 failed')
    .replace(/^xstate\.done\.state\..*$/, 'all done')
    .replace('* done', 'any child done')
    .replace('* failed', 'any child failed');
  const delay = type.startsWith('xstate.after.') ? type.slice('xstate.after.'.length) : null;
  return delay === null ? name : `after ${delay.slice(0, -node.id.length - 1)}`;
}

/** A branch in one line: `free: rx.ask [isKnown] → granted`. */
export function transitionText(transition: ChartTransition): string {
  const { source, event, guard, targets } = transition;
  const condition = guard === null ? '' : ` [${guard}]`;
  const to = targets.length === 0 ? '(stays)' : targets.map((id) => placeName(id)).join(', ');
  return `${placeName(source)}: ${event}${condition} → ${to}`;
}

/** A state without the name of its machine. */
export function placeName(id: string): string {
  const [, ...names] = id.split('.');
  return names.length === 0 ? '(any state)' : names.join('.');
}
