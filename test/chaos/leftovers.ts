import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeProcess } from '../e2e/node-process.ts';
import { waitFor } from '../harness/wait-for.ts';

/** What a node keeps on purpose in `queue/cluster`. */
const KEPT = [
  // Packages that other workers may ask for.
  /^\.packages\/[0-9a-f]{128}\.zip$/,
  // One that a thread was writing when it died, on its own; the next start removes it.
  /^\.packages\/[0-9a-f]{128}\.zip\.\d+-\d+\.tmp$/,
  // Who it is.
  /^\.node-id$/,
  // What has arrived of a content, for a transfer that goes on with it; `MAX_SPOOL_AGE_MS` later it goes.
  /^[\w-]+\/[0-9a-f]{128}\.part$/,
];

/** The lock of the daemon that runs, while those of dead ones and of attempts go; and a file that registrations lock, and leave. */
const LOCKS = ['muster.lock', 'client.keys.lock'];
/** By this the daemon that runs is known to other programs; those of dead ones go too. */
const PID_FILE = /^wazuh-clusterd-(\d+)\.pid$/;

function isOfRunningNode(path: string): boolean {
  const pid = PID_FILE.exec(path)?.[1];
  return pid !== undefined && existsSync(`/proc/${pid}`);
}

/** Files in the working directories of a node that should not be there when it has nothing to do: spool, staging, journal, locks. */
export function leftoversOf(home: string): string[] {
  const cluster = filesBelow(join(home, 'queue/cluster')).filter(
    (path) => !KEPT.some((kept) => kept.test(path)),
  );
  const locks = filesBelow(join(home, 'var/run')).filter(
    (path) => !LOCKS.includes(path) && !isOfRunningNode(path),
  );
  return [...cluster.map((path) => `queue/cluster/${path}`), ...locks.map((path) => `var/run/${path}`)];
}

/** Waits until none of these nodes has anything left over. */
export async function leavesNothing(nodes: readonly NodeProcess[], timeoutMs: number): Promise<void> {
  for (const { home, name } of nodes) {
    const isClean = () => leftoversOf(home).length === 0;
    const told = () => leftoversOf(home).join('\n');
    await waitFor(`${name} to have nothing left over`, isClean, timeoutMs, told);
  }
}

/** A directory that went while it was read means another look: the node is still at it. */
const LOOKS = 3;

function filesBelow(directory: string, looks = LOOKS): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (looks > 1 && (error as NodeJS.ErrnoException).code === 'ENOENT')
      return filesBelow(directory, looks - 1);
    throw error;
  }
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1));
}
