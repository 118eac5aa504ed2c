import { MusterError } from '../protocol/errors.ts';
import { fileIdentity } from './file-identity.ts';

/** A path at which other programs find what this process serves or keeps. */
export interface Place {
  readonly path: string;
  /** What this process has open there. */
  readonly identity: string | null;
}

/** A path, with what this process has just opened there. */
export const placeOf = (path: string): Place => ({ path, identity: fileIdentity(path) });

/**
 * Why what others find at these paths is not what this process has there, as an error of this code; null if it is. Another
 * daemon that has taken a socket would know of other agents than this one, and what is written to a file without a name is
 * lost.
 */
export function lossOf(places: readonly Place[], code: number): MusterError | null {
  for (const { path, identity } of places) {
    const found = fileIdentity(path);
    if (found === null) return new MusterError(code, `${path}: it was removed while it was in use`);
    if (found !== identity) {
      return new MusterError(code, `${path}: another program has put something else in its place`);
    }
  }
  return null;
}
