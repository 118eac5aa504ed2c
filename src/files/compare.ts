import type { FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import type { FileMetadata, FileSet } from './metadata.ts';
import { isTooDeep, levelsBelow } from './paths.ts';

/** What a worker has to do to be in step. Specification: Integrity thread, stage 3. */
export interface Comparison {
  /** In the master's set only: to be created. The master's metadata. */
  missing: Map<string, FileMetadata>;
  /** In both, with different content: to be updated. The master's metadata. */
  shared: Map<string, FileMetadata>;
  /** In the worker's set only: to be removed. The worker's metadata. */
  extra: Map<string, FileMetadata>;
}

/**
 * Compares by content only: the master's version holds, whatever the times and sizes are. With a configuration, files
 * that only the worker has stay where the directory is one of `extra_valid`, and where they lie deeper than a scan looks;
 * throws 3114 for a directory it does not name. So a worker that synchronises more than its master does not lose what
 * the master never looked at.
 */
export function compare(master: FileSet, worker: FileSet, config: FilesConfig | null = null): Comparison {
  const items = new Map(config?.items.map((item) => [item.key, item]));
  const comparison: Comparison = { missing: new Map(), shared: new Map(), extra: new Map() };
  for (const [path, metadata] of master) {
    const other = worker.get(path);
    if (other === undefined) comparison.missing.set(path, metadata);
    else if (other.hash !== metadata.hash) comparison.shared.set(path, metadata);
  }
  for (const [path, metadata] of worker) {
    if (master.has(path)) continue;
    const item = items.get(metadata.cluster_item_key);
    if (config !== null && item === undefined) {
      throw new MusterError(3114, `${JSON.stringify(metadata.cluster_item_key)} is not synchronised here`);
    }
    if (item?.extraValid === true || (item !== undefined && isTooDeep(levelsBelow(item.key, path)))) continue;
    comparison.extra.set(path, metadata);
  }
  return comparison;
}
