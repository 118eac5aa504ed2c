import { MusterError } from '../../protocol/errors.ts';
import { fileIdentity } from '../file-identity.ts';

/** A path at which other programs find the store. */
export interface Place {
  readonly path: string;
  /** What the store has open there. */
  readonly identity: string | null;
}

/**
 * Why the store is not the one that others find at these paths; null if it is. Another daemon that has taken the socket
 * would keep other agents than this one tells of, and what is written to a file without a name is lost.
 */
export function lossOf(places: readonly Place[]): MusterError | null {
  for (const { path, identity } of places) {
    const found = fileIdentity(path);
    if (found === null) return new MusterError(3206, `${path}: it was removed while it was in use`);
    if (found !== identity) {
      return new MusterError(3206, `${path}: another program has put something else in its place`);
    }
  }
  return null;
}
