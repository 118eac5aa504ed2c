import type { Failure } from '../failure.ts';
import type { RestartLimits } from './restart-policy.ts';

/** A failure as the Error that a supervisor fails with; `failureOf` reads it back. */
export class SupervisionError extends Error {
  readonly code: number;
  constructor({ code, message }: Failure) {
    super(message);
    this.name = 'SupervisionError';
    this.code = code;
  }
}

/** How a child came to its end, in a sentence about its supervisor. */
const told = (child: string | number, last: Failure | null) => `${child}: ${last?.message ?? 'it ended'}`;

export const nameTaken = (child: string | number): Failure => ({
  code: 3108,
  message: `${child} is there already`,
});

export const tooManyChildren = (maxChildren: number): Failure => ({
  code: 3110,
  message: `${maxChildren} are there already`,
});

export const tooManyRestarts = (
  supervisor: string,
  { intensity, periodMs }: RestartLimits,
  child: string | number,
  last: Failure | null,
): Failure => ({
  code: 3123,
  message: `${supervisor}: more than ${intensity} restarts in ${periodMs} ms, the last for ${told(child, last)}`,
});

export const notStopped = (shutdownMs: number): Failure => ({
  code: 3124,
  message: `did not end in ${shutdownMs} ms`,
});

export const shuttingDown = (supervisor: string): Failure => ({
  code: 3125,
  message: `${supervisor} is stopping`,
});

export const notReady = (awaitReadyMs: number): Failure => ({
  code: 3126,
  message: `not ready in ${awaitReadyMs} ms`,
});

/** Keeps the code of the child and its words: they say what to do. */
export const cannotStart = (supervisor: string, child: string, last: Failure | null): Failure => ({
  code: last?.code ?? 3126,
  message: `${last?.message ?? 'it ended'} (${supervisor}/${child} could not start)`,
});
