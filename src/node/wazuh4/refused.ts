import type { MusterError } from '../../protocol/errors.ts';
import { type Heard, heard } from './terms.ts';

/** By the arguments of a request: why it is refused. */
const reasons = new WeakMap<object, MusterError>();

/** A request of which no more is understood than who waits for its answer: it is taken, so that it can be told. */
export function refused(command: 'dapi' | 'sendsync', id: string, error: MusterError): Heard {
  const args = { id };
  reasons.set(args, error);
  return command === 'dapi'
    ? heard('dapi', 'dapi', args, () => ({}))
    : heard('sendsync', 'sendsync', args, () => ({}));
}

/** Throws why a request is refused, if it was not understood. */
export function checkUnderstood(args: object): void {
  const reason = reasons.get(args);
  if (reason !== undefined) throw reason;
}
