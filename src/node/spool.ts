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
