import type { Failure } from '../../../machines/failure.ts';
import { MusterError, messageOf, type WireError } from '../../protocol/errors.ts';

/** Any thrown value as the plain data that machines carry. */
export function asFailure(error: unknown): Failure {
  const { code, message } = MusterError.from(error);
  return { code, message };
}

/** A failure as it travels: the code, and what its message adds to the text that the code has everywhere. */
export function wire(failure: Failure): WireError {
  return asError(failure).toWire();
}

/** A failure as an error, to be told to a peer or thrown to a caller. */
export function asError(failure: Failure): MusterError {
  const text = messageOf(failure.code, null);
  if (failure.message === text) return new MusterError(failure.code);
  const detail = failure.message.startsWith(`${text}: `)
    ? failure.message.slice(text.length + 2)
    : failure.message;
  return new MusterError(failure.code, detail);
}

/** A failure in a log: `Error 3028 - A node of this name is connected already: worker1`, whoever made it. */
export function told(failure: Failure): string {
  return asError(failure).toLog();
}

/** A peer's error as the plain data that machines carry. */
export function fromWire(error: WireError): Failure {
  const { code, message } = new MusterError(error.code, error.detail);
  return { code, message };
}
