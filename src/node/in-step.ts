import type { WorkerStatus } from './status.ts';

/**
 * Whether a worker has the set of this digest, the master's; null while nobody knows. One of 4.x tells no digest of its own:
 * what its last check found stands for that.
 */
export function isInStep(
  { digest, found }: Pick<WorkerStatus, 'digest' | 'found'>,
  masters: string,
): boolean | null {
  if (digest !== null) return digest === masters;
  return found === null ? null : found.hasAll && found.digest === masters;
}
