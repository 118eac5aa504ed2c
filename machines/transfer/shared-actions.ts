import type { Failure } from '../failure.ts';
import { cancelled, stalled } from './failures.ts';

/** What the machines of transfers keep as the reason of their end, for whoever says `failure`. */
export const keepFailure = {
  type: 'keepFailure',
  params: ({ event }: { event: { failure: Failure } }) => event.failure,
} as const;

export const keepStall = {
  type: 'keepFailure',
  params: ({ context }: { context: { progressTimeoutMs: number } }) => stalled(context.progressTimeoutMs),
} as const;

export const keepCancelled = { type: 'keepFailure', params: () => cancelled } as const;
