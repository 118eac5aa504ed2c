import { join } from 'node:path';

/** Where the agent store stands below a node's home; every installation has it there. */
export const storePaths = {
  socket: 'queue/db/wdb',
  database: 'queue/db/global.db',
} as const;

/** The absolute path of one of them. */
export function storePath(home: string, name: keyof typeof storePaths): string {
  return join(home, storePaths[name]);
}
