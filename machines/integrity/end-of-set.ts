import type { Failure } from '../failure.ts';
import { acknowledge, refuse } from './shared-actions.ts';

/** The master has sent everything, or gives the set up. */
export interface EndOfSetEvent {
  type: 'rx.syn_m_c_e';
  counter: number;
  task: string | null;
  file: string | null;
  error: Failure | null;
  /** The master waits for the answer until the set is in place; one of Wazuh 4.x for no more than that it was heard. */
  awaitsOutcome: boolean;
}

/** A master that says without an error that the set is complete, before it has announced one. */
export const tooEarly: Failure = {
  code: 3100,
  message: 'syn_m_c_e does not fit here: nothing was announced',
};

/** The worker's name of the process that takes the files. */
export const applyTask = ({ task }: { task: string | null }): string => `${task}-w`;

/** Nobody waits for what becomes of the set: where it does not get in place that is told by a message of its own. */
export const isThankedAtOnce = (task: string, end: EndOfSetEvent): boolean =>
  end.task === task && !end.awaitsOutcome;

export const theEnd = { params: ({ event }: { event: EndOfSetEvent }) => event };

/** Where no set is taken, or no longer: a master that waits for no outcome cannot know that. */
export const pastEnd = [
  { guard: { type: 'isThankedAtOnce' as const, ...theEnd }, actions: acknowledge },
  { actions: refuse },
] as const;
