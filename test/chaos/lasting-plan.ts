import type { AgentState } from '../../src/simulate/agent-state.ts';
import { type Act, type PlanOptions, plan } from '../../src/simulate/plan.ts';

/** A plan of what agents do, of which several plays do a part each. Who changes groups is not among it. */
export class LastingPlan {
  readonly #plan: Iterator<Act, never>;
  /** Was handed out and is not done: else an agent would be where it never told who it is. */
  #due: Act | null = null;
  /** How agents are that have done something. */
  readonly states = new Map<number, AgentState>();

  constructor(options: PlanOptions) {
    this.#plan = plan(options);
  }

  /** From where the last play left it. */
  onwards(): Iterable<Act> {
    let beganAtMs: number | null = null;
    const next = () => {
      this.#due ??= this.#next();
      beganAtMs ??= this.#due.atMs;
      return { done: false as const, value: { ...this.#due, atMs: this.#due.atMs - beganAtMs } };
    };
    return { [Symbol.iterator]: () => ({ next }) };
  }

  /** What was handed out last is being done. */
  begun({ agent }: Act): void {
    this.#due = null;
    this.states.set(agent.id, agent);
  }

  #next(): Act {
    for (;;) {
      const act = this.#plan.next().value;
      if (act.deed !== 'regroup') return act;
    }
  }
}
