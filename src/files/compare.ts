import type { FileMetadata, FileSet } from './metadata.ts';

/** What a worker has to do to be in step. Specification: Integrity thread, stage 3. */
export interface Comparison {
  /** In the master's set only: to be created. The master's metadata. */
  missing: Map<string, FileMetadata>;
  /** In both, with different content: to be updated. The master's metadata. */
  shared: Map<string, FileMetadata>;
  /** In the worker's set only: to be removed. The worker's metadata. */
  extra: Map<string, FileMetadata>;
}

/** Compares by content only: the master's version holds, whatever the times and sizes are. */
export function compare(master: FileSet, worker: FileSet): Comparison {
  const comparison: Comparison = { missing: new Map(), shared: new Map(), extra: new Map() };
  for (const [path, metadata] of master) {
    const other = worker.get(path);
    if (other === undefined) comparison.missing.set(path, metadata);
    else if (other.hash !== metadata.hash) comparison.shared.set(path, metadata);
  }
  for (const [path, metadata] of worker) {
    if (!master.has(path)) comparison.extra.set(path, metadata);
  }
  return comparison;
}
