import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where a node keeps what travels, below its home. */
const CLUSTER_DIRECTORY = 'queue/cluster';

/** What this node writes in order to send it. */
export const outgoingDirectory = (home: string) => join(home, CLUSTER_DIRECTORY, '.outgoing');

/** What arrives from one node: a directory of its name, as in existing installations. */
export const incomingDirectory = (home: string, node: string) => join(home, CLUSTER_DIRECTORY, node);

/** What arrives for one process only: metadata and manifests. Contents are kept, by their digests, to be resumed. */
const OF_ONE_PROCESS = /\.(json|meta)$/;

/** Makes the directories of a node, and removes what is of no use without the processes of an earlier life. */
export function prepareSpool(home: string): void {
  rmSync(outgoingDirectory(home), { recursive: true, force: true });
  mkdirSync(outgoingDirectory(home), { recursive: true, mode: 0o770 });
  const root = join(home, CLUSTER_DIRECTORY);
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const incoming = join(root, entry.name);
    for (const name of readdirSync(incoming)) {
      if (OF_ONE_PROCESS.test(name)) rmSync(join(incoming, name), { force: true });
    }
  }
}
