import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { isWazuh4Package } from '../../machines/integrity/set-parts.ts';
import { isSentFile } from '../../machines/transfer/sent-file.ts';
import { fileSystemError } from '../config/system-words.ts';

/** Where a node keeps what travels, below its home. */
const CLUSTER_DIRECTORY = 'queue/cluster';

/** What this node writes in order to send it. */
export const outgoingDirectory = (home: string) => join(home, CLUSTER_DIRECTORY, '.outgoing');

/** What arrives from one node: a directory of its name, as in existing installations. */
export const incomingDirectory = (home: string, node: string) => join(home, CLUSTER_DIRECTORY, node);

/** The directories of all nodes from which anything ever arrived and still lies here, or could. */
export function incomingDirectories(home: string): string[] {
  const root = join(home, CLUSTER_DIRECTORY);
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(root, name));
}

/** What arrives for one process only: metadata and manifests, and packages and lists of Wazuh 4.x. */
const isOfOneProcess = (name: string) =>
  (/\.(json|meta)$/.test(name) || isWazuh4Package(name)) && !isSentFile(name);
/** Contents, called after their digests: as parts they are found by the next transfer of the same content. */
const CONTENT = /^([0-9a-f]{128})\.(zip|bin)$/;

/** What a content that arrived is called when it waits for the next transfer of it. */
export const partOf = (file: string) => `${file.slice(0, file.length - extname(file).length)}.part`;

/**
 * Makes the directories of a node, and removes what is of no use without the processes of an earlier life. Throws 3119 where
 * that is not possible.
 */
export function prepareSpool(home: string): void {
  try {
    rmSync(outgoingDirectory(home), { recursive: true, force: true });
    mkdirSync(outgoingDirectory(home), { recursive: true, mode: 0o770 });
    for (const directory of incomingDirectories(home)) clearIncoming(home, basename(directory));
  } catch (error) {
    throw fileSystemError((error as NodeJS.ErrnoException).path ?? outgoingDirectory(home), error);
  }
}

/**
 * Removes what arrived from a node, or for it, when the process that it was for had ended: nobody else asks for it. What
 * somebody has sent stays. To be called while no process waits for anything there.
 */
export function clearIncoming(home: string, node: string): void {
  const incoming = incomingDirectory(home, node);
  if (!existsSync(incoming)) return;
  for (const name of readdirSync(incoming)) {
    const path = join(incoming, name);
    const digest = CONTENT.exec(name)?.[1];
    if (digest !== undefined) renameSync(path, join(incoming, `${digest}.part`));
    else if (isOfOneProcess(name)) rmSync(path, { force: true });
  }
}
