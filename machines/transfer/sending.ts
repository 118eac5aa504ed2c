import { keepCancelled, keepFailure, keepStall } from './shared-actions.ts';

/** What a machine that sends heeds until its peer has everything. */
export const untilSent = {
  'source.broken': { target: 'abandoning', actions: keepFailure },
  cancel: { target: 'cancelling', actions: keepCancelled },
} as const;

/** When a deadline passes. */
export const whenStalled = { target: 'abandoning', actions: keepStall } as const;

/** The peer is told that no more will come before a transfer ends early, if it hears it in time. */
export const withdrawing = {
  cancelling: {
    entry: 'withdraw',
    on: { 'source.withdrawn': 'cancelled' },
    after: { progressDeadline: 'cancelled' },
  },
  abandoning: {
    entry: 'withdraw',
    on: { 'source.withdrawn': 'failed' },
    after: { progressDeadline: 'failed' },
  },
} as const;
