import { MusterError } from '../protocol/errors.ts';

/** A peer that does not know the key, or sends back what it was sent; one of ours that speaks the weaker dialect. */
const DISTRUSTED: ReadonlySet<number> = new Set([3025, 3104]);

/** Whether what was thrown while a message was opened ends the connection, without an answer. */
export const isDistrusted = (error: unknown): error is MusterError =>
  error instanceof MusterError && DISTRUSTED.has(error.code);
