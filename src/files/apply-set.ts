import { type ApplyOrder, type ApplyReport, applyManifest } from './apply.ts';
import type { Manifest } from './manifest.ts';
import type { FileSet } from './metadata.ts';
import type { StagedFile } from './staged.ts';
import type { Tools } from './tools.ts';

/** What applying a set did. */
export interface AppliedSet extends ApplyReport {
  /** Files that the master left to the next round. */
  deferred: number;
}

/** Applies a set, on the thread of the scans: it spares the next one the reading of what was written. Throws as `applyManifest`. */
export function applySet(
  tools: Tools,
  order: Pick<ApplyOrder, 'home' | 'config' | 'staging'>,
  { missing, shared, extra, deferred }: Manifest,
  staged: ReadonlyMap<string, StagedFile>,
): AppliedSet {
  const { written, ...report } = applyManifest({
    ...order,
    staged,
    missing: columnOf(missing),
    shared: columnOf(shared),
    extra: [...extra.keys()],
  });
  tools.expect(order.home, written);
  return { ...report, deferred };
}

const columnOf = (files: FileSet) => ({
  paths: [...files.keys()],
  hashes: Array.from(files.values(), ({ hash }) => hash),
});
