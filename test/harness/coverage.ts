import type { AnyStateMachine, AnyStateNode, InspectionEvent } from 'xstate';
import { nameOf } from '../../src/inspect/transitions.ts';

type Transition = AnyStateNode['always'] extends (infer T)[] | undefined ? T : never;

export interface CoverageReport {
  readonly total: number;
  readonly covered: number;
  /** Labels of the transitions that nothing has taken. */
  readonly missing: readonly string[];
}

/** The names of a machine's transitions: each guarded branch, each `always` and each `after` counts by itself. */
export function transitionLabels(machine: AnyStateMachine): Map<Transition, string> {
  const labels = new Map<Transition, string>();
  const walk = (node: AnyStateNode) => {
    for (const branches of [...node.transitions.values(), node.always ?? []]) {
      branches.forEach((transition, index) => {
        labels.set(transition, label(node, transition, branches.length > 1 ? index : null));
      });
    }
    for (const child of Object.values(node.states)) walk(child);
  };
  walk(machine.root);
  return labels;
}

function label(node: AnyStateNode, transition: Transition, branch: number | null): string {
  const { eventType, guard, target } = transition;
  const condition = guard === undefined ? '' : ` [${nameOf(guard)}]`;
  const to = target?.map(({ id }) => id).join(', ') ?? '(stays)';
  return `${node.id} -- ${eventType || 'always'}${condition}${branch === null ? '' : ` #${branch + 1}`} --> ${to}`;
}

/**
 * Notes which transitions of a machine its running actors take, through inspection. The labels make it independent of
 * `provide`, which makes new transitions.
 */
export class TransitionCoverage {
  readonly #machine: AnyStateMachine;
  readonly #taken = new Set<string>();
  readonly #labels = new WeakMap<AnyStateMachine, Map<Transition, string>>();

  constructor(machine: AnyStateMachine) {
    this.#machine = machine;
  }

  readonly inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.microstep') return;
    const { logic } = event.actorRef as unknown as { logic: AnyStateMachine };
    if (logic.id !== this.#machine.id) return;
    const labels = this.#labels.get(logic) ?? transitionLabels(logic);
    this.#labels.set(logic, labels);
    for (const transition of event._transitions) {
      const taken = labels.get(transition as Transition);
      if (taken !== undefined) this.#taken.add(taken);
    }
  };

  report(): CoverageReport {
    const all = [...new Set(transitionLabels(this.#machine).values())];
    const missing = all.filter((name) => !this.#taken.has(name));
    return { total: all.length, covered: all.length - missing.length, missing };
  }
}
