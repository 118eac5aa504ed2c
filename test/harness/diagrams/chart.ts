import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { eventName, nameOf } from '../../../src/inspect/transitions.ts';

/** A machine as it is to be drawn: what stays within a state stands as text in it, everything else is an arrow. */
export interface Chart {
  readonly initial: string | null;
  readonly states: readonly ChartState[];
  readonly arrows: readonly Arrow[];
  /** What holds in every state: lines, and arrows from `ANY_STATE`. */
  readonly anywhere: readonly string[];
}

export interface ChartState {
  readonly id: string;
  readonly name: string;
  readonly type: 'plain' | 'parallel' | 'final';
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly invoked: readonly string[];
  /** Transitions that do not leave the state. */
  readonly lines: readonly string[];
  readonly initial: string | null;
  readonly states: readonly ChartState[];
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: Label;
}

export interface Label {
  readonly event: string;
  readonly guard: string | null;
  readonly actions: readonly string[];
  /** The state is left and entered again: what it invokes and its deadlines begin anew. */
  readonly again?: true;
}

type Transition = AnyStateNode['always'] extends (infer T)[] | undefined ? T : never;

/** Where arrows of the whole machine begin. */
export const ANY_STATE = 'any state';

export function chartOf(machine: AnyStateMachine): Chart {
  const { root } = machine;
  const arrows: Arrow[] = [];
  const entered = enteredOf(root);
  const states = Object.values(root.states).map((node) => stateOf(node, arrows, entered));
  const anywhere = linesOf(root, ANY_STATE, arrows);
  const invoked = root.invoke.map(({ id }) => `invoke ${id}`);
  const entry = actionNames(root.entry).map((name) => `at the start / ${name}`);
  return { initial: initialOf(root), states, arrows, anywhere: [...entry, ...invoked, ...anywhere] };
}

function stateOf(node: AnyStateNode, arrows: Arrow[], entered: ReadonlySet<AnyStateNode>): ChartState {
  return {
    id: node.id,
    name: node.key,
    type: node.type === 'final' ? 'final' : node.type === 'parallel' ? 'parallel' : 'plain',
    entry: actionNames(node.entry),
    exit: actionNames(node.exit),
    invoked: node.invoke.map(({ id, src }) => (src === id ? id : `${id}: ${String(src)}`)),
    lines: linesOf(node, node.id, arrows),
    initial: entered.has(node) ? initialOf(node) : null,
    states: Object.values(node.states).map((child) => stateOf(child, arrows, entered)),
  };
}

const initialOf = (node: AnyStateNode) =>
  node.type === 'parallel' ? null : (node.initial?.target?.[0]?.id ?? null);

/**
 * The states that something leads to. Where all arrows lead to states within another, the first of these is nothing
 * special: to show where that would begin would mislead.
 */
function enteredOf(root: AnyStateNode): Set<AnyStateNode> {
  const entered = new Set<AnyStateNode>();
  const enter = (node: AnyStateNode) => {
    if (entered.has(node)) return;
    entered.add(node);
    if (node.type === 'parallel') Object.values(node.states).forEach(enter);
    else node.initial?.target?.forEach(enter);
  };
  enter(root);
  for (const target of targetsIn(root)) {
    enter(target);
    // The regions beside it begin as they always do.
    for (let at = target; at.parent !== undefined; at = at.parent)
      if (at.parent.type === 'parallel')
        for (const region of Object.values(at.parent.states)) if (region !== at) enter(region);
  }
  return entered;
}

function* targetsIn(node: AnyStateNode): Generator<AnyStateNode> {
  for (const { target } of transitionsOf(node)) yield* target ?? [];
  for (const child of Object.values(node.states)) yield* targetsIn(child);
}

const transitionsOf = (node: AnyStateNode) => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
];

/** The transitions of a state: those that lead away become arrows, the others lines. */
function linesOf(node: AnyStateNode, from: string, arrows: Arrow[]): string[] {
  const own: Label[] = [];
  for (const transition of transitionsOf(node)) {
    const label = labelOf(node, transition);
    const targets = transition.target ?? [node];
    if (targets.every((target) => target === node)) {
      own.push(transition.reenter ? { ...label, again: true } : label);
    } else {
      for (const target of targets) arrows.push({ from, to: target.id, label });
    }
  }
  return joined(own).map(textOf);
}

/** Events that do the same under the same condition share one label. */
export function joined(labels: readonly Label[]): Label[] {
  const byDeed = new Map<string, Label>();
  for (const label of labels) {
    const { event, ...deed } = label;
    const key = JSON.stringify(deed);
    const known = byDeed.get(key);
    // At the place of the last of them: a branch without condition reads as the rest of those before it.
    byDeed.delete(key);
    byDeed.set(key, known === undefined ? label : { ...known, event: `${known.event}, ${event}` });
  }
  return [...byDeed.values()];
}

function labelOf(node: AnyStateNode, { eventType, guard, actions }: Transition): Label {
  return {
    event: eventName(node, eventType),
    guard: guard === undefined ? null : nameOf(guard),
    actions: actionNames(actions),
  };
}

/**
 * Names of actions, each once: a row of the same action with other parameters reads as one. XState's own, which set and
 * clear the timers of `after`, show as the arrow that they are for.
 */
const actionNames = (actions: readonly unknown[]): string[] => [
  ...new Set(actions.map(nameOf).filter((name) => name !== '' && !name.startsWith('xstate.'))),
];

/** A label in one line. */
export function textOf({ event, guard, actions, again }: Label): string {
  const condition = guard === null ? '' : ` [${guard}]`;
  return `${again ? '↻ ' : ''}${event}${condition}${actions.length === 0 ? '' : ` / ${actions.join(', ')}`}`;
}
