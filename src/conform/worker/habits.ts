import type { PathReport } from '../report.ts';

/** What a worker does by itself, now and then, by what it asks then: what is said of one that does not. */
const HABITS: Readonly<Record<string, string>> = {
  'echo-c': 'the worker sent no keepalive: see the path that departs there',
  syn_i_w_m_p: 'the worker asked for no permission: see the path that departs there',
  syn_a_w_m_p: 'the worker told nothing of agents: see the path that departs there',
};
/** Who has no news of agents need not ask whether it may tell them. */
const NEEDS_NEWS = 'syn_a_w_m_p';
const NO_NEWS = 'the worker had nothing to tell of agents while it was watched; with --agents it has to';

const HEAR = 'hear.';
const habitOf = (step: string) => step.slice(HEAR.length);

/** Whether a step is for the worker to take, and no answer to anything. */
export const isHabit = (step: string): boolean =>
  step.startsWith(HEAR) && Object.hasOwn(HABITS, habitOf(step));

/** What a worker may do by itself, or not, of what these steps are about. */
export const optionalHabitsIn = (steps: readonly string[], hasAgents: boolean): string[] =>
  !hasAgents && steps.includes(HEAR + NEEDS_NEWS) ? [NEEDS_NEWS] : [];

/** Which habits a worker does not have. That departs on the first path that waits for one, and there is no sense in others. */
export class Habits {
  readonly #lacking = new Map<string, string>();

  /** `unseen`: what it may do, and did not while it was watched. */
  constructor(unseen: readonly string[]) {
    for (const command of unseen) this.#lacking.set(command, NO_NEWS);
  }

  /** Why a path cannot be walked here; null if it can. */
  obstacleTo(steps: readonly string[]): string | null {
    const missing = steps.filter(isHabit).find((step) => this.#lacking.has(habitOf(step)));
    return missing === undefined ? null : (this.#lacking.get(habitOf(missing)) ?? null);
  }

  /** Whoever has done it once on a path has the habit, though it may not have come again. */
  note({ steps, at, trouble }: PathReport): void {
    if (trouble !== 'idle' || at === null) return;
    const awaited = steps[at - 1];
    if (awaited === undefined || !isHabit(awaited) || steps.indexOf(awaited) !== at - 1) return;
    this.#lacking.set(habitOf(awaited), HABITS[habitOf(awaited)] ?? '');
  }
}
