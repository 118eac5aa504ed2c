import type { Comparison } from './compare.ts';
import { LARGE_FILE_BYTES, PACKAGE_CONTENT_BYTES, PACKAGE_FILES } from './limits.ts';
import type { FileMetadata } from './metadata.ts';
import type { PackageFile } from './package.ts';

/** How the files of one round travel. */
export interface TransferPlan {
  packages: PackageFile[][];
  /** Files that travel alone. */
  large: PackageFile[];
  /** Paths that wait for the next round. */
  deferred: string[];
  /** Content that travels, before compression. */
  bytes: number;
}

/**
 * Divides what a worker needs into packages and single files. What exceeds `limitBytes` waits for the next round, but
 * never the first file: every round gets on. Files that are `late` come after all others, in their order: one that an
 * earlier round could not bring does not take the place of those that wait. The same content travels once.
 */
export function planTransfer(
  { missing, shared }: Comparison,
  limitBytes: number,
  late: ReadonlySet<string> = new Set(),
): TransferPlan {
  const plan: TransferPlan = { packages: [], large: [], deferred: [], bytes: 0 };
  const planned = new Set<string>();
  let contentBytes = 0;
  const add = (path: string, { hash, size }: FileMetadata) => {
    if (planned.has(hash)) return;
    if (plan.bytes + size > limitBytes && planned.size > 0) {
      plan.deferred.push(path);
      return;
    }
    planned.add(hash);
    plan.bytes += size;
    const file = { path, size, hash };
    if (size >= LARGE_FILE_BYTES) {
      plan.large.push(file);
      return;
    }
    const last = plan.packages.at(-1);
    if (last === undefined || last.length >= PACKAGE_FILES || contentBytes + size > PACKAGE_CONTENT_BYTES) {
      plan.packages.push([file]);
      contentBytes = size;
    } else {
      last.push(file);
      contentBytes += size;
    }
  };
  for (const files of [missing, shared])
    for (const [path, metadata] of files) if (!late.has(path)) add(path, metadata);
  for (const path of late) {
    const metadata = missing.get(path) ?? shared.get(path);
    if (metadata !== undefined) add(path, metadata);
  }
  return plan;
}
