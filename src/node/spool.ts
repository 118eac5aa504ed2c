import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where a node keeps what travels, below its home. */
const CLUSTER_DIRECTORY = 'queue/cluster';

/** What this node writes in order to send it. */
export const outgoingDirectory = (home: string) => join(home, CLUSTER_DIRECTORY, '.outgoing');

/** What arrives from one node: a directory of its name, as in existing installations. */
export const incomingDirectory = (home: string, node: string) => join(home, CLUSTER_DIRECTORY, node);

/** Makes the directories of a node; what an earlier life left in `.outgoing` is of no use. */
export function prepareSpool(home: string): void {
  rmSync(outgoingDirectory(home), { recursive: true, force: true });
  mkdirSync(outgoingDirectory(home), { recursive: true, mode: 0o770 });
}

/** What waits in the directory of a peer is kept for resuming so long, and so much of it at most. */
export const SPOOL_MAX_AGE_MS = 3_600_000;
export const SPOOL_MAX_BYTES = 2_147_483_648;
