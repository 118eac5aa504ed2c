import type { Failure } from '../failure.ts';
import { acknowledge } from './shared-actions.ts';

interface Cancelling {
  counter: number;
  task: string | null;
  error: Failure;
}

/** What a parent hears: a task that is none of the machine that was asked is to be cancelled. */
export type CancelUnclaimed = Cancelling & { type: 'cancel.unclaimed' };

/** The same request, for whoever is above. */
export function unclaimed(event: { type: string }): CancelUnclaimed {
  if (event.type !== 'rx.cancel_task' && event.type !== 'cancel.unclaimed')
    throw new Error(`nothing to cancel in ${event.type}`);
  const { counter, task, error } = event as CancelUnclaimed;
  return { type: 'cancel.unclaimed', counter, task, error };
}

const endings = [
  acknowledge,
  {
    type: 'keepFailure' as const,
    params: ({ event }: { event: Cancelling }) => event.error,
  },
  'logCancelled' as const,
  'tellUnfinished' as const,
];

/** What ends a process whose set is on its way: the worker waits no longer. */
export const whenCancelled = [
  { guard: 'isTimeoutOfThisTask' as const, target: 'timedOut' as const, actions: endings },
  { guard: 'concernsThisTask' as const, target: 'failed' as const, actions: endings },
];
