import { isSafeName, unsafe } from '../paths.ts';

// A package of the original: `path | separator | zlib stream | separator`, once a file, and last the list without a
// separator behind it. Nothing is escaped. No plain path holds a separator: both have an empty name in them.

/** Between a path and its content. */
export const PATH_END = Buffer.from('|//@@//|');
/** Between two entries. */
export const ENTRY_END = Buffer.from('|@@//@@|');
/** Under this name stands the list; it is the last entry. */
export const LIST_NAME = 'files_metadata.json';

/**
 * The name of what a peer sends for one of its processes, in the only directory where that may arrive:
 * `queue/cluster/<node>`. The original opens whatever path it is told. Throws 3114 for any other.
 */
export function arrivingName(path: string, directory: string): string {
  const name = path.slice(directory.length + 1);
  if (path !== `${directory}/${name}` || !isSafeName(name))
    throw unsafe(path, `files of this peer arrive in ${directory}`);
  return name;
}
