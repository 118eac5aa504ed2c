import { statSync } from 'node:fs';

/**
 * Tells a file or a socket that is open from whatever else may stand at its path; null where nothing stands. Throws what
 * the system says.
 */
export function fileIdentity(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  // A number of the file system is not given away again while somebody has it open.
  return found === undefined ? null : `${found.dev} ${found.ino}`;
}
