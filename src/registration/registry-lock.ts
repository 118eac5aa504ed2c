import { join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { REGISTRY_LOCK_TIMEOUT_MS } from './limits.ts';

const LOCK_FILE = 'var/run/client.keys.lock';

/**
 * Does something while no other process or thread of this machine changes the registry of a home; waits for its turn on
 * the thread that calls it. Throws 3211 when it does not come.
 */
export const withRegistryLock = <Result>(
  home: string,
  work: () => Result,
  timeoutMs: number = REGISTRY_LOCK_TIMEOUT_MS,
): Result => withFileLock(join(home, LOCK_FILE), work, timeoutMs);
