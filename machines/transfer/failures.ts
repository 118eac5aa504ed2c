import type { Failure } from '../failure.ts';

/** The progress deadline passed. */
export const stalled = (timeoutMs: number): Failure => ({
  code: 3111,
  message: `no progress in ${timeoutMs} ms`,
});

/** Somebody on this node wanted it no longer. */
export const cancelled: Failure = { code: 3120, message: 'the transfer was cancelled' };
