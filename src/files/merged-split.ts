import { MusterError } from '../protocol/errors.ts';
import { digestOf } from './digest.ts';
import type { Put } from './journal.ts';
import { MAX_MERGED_BYTES, MAX_SET_FILES } from './limits.ts';
import { MERGED_MARK, type MergedPart, mergedFields, parseMerged } from './merged.ts';
import { naming } from './naming.ts';
import type { PathRules } from './paths.ts';
import type { SyncFileSystem } from './ports.ts';
import { createOnce } from './stage.ts';

/** Where parts of merged files go, a directory for each type. */
const queueOf = (type: string) => `queue/${type}/`;

/**
 * Stages the parts of the merged files among these puts, each under its hash, and returns the puts that place them.
 *
 * A file is taken apart only in a directory that the own configuration has for its parts, `queue/<merge type>/`, with
 * `extra_valid`: the parts are files that no master knows of, which any sync would delete otherwise. Elsewhere, and
 * where it is malformed or a part of it must not lie there, it is a plain file like all others. What the set itself says
 * of a path goes before a part. Throws 3113 for too many parts, 3119.
 */
export function stageParts(
  fs: SyncFileSystem,
  staging: string,
  puts: readonly Put[],
  rules: PathRules,
): Put[] {
  const parts = new Map<string, Put>();
  for (const [path, hash] of puts) {
    const queue = path.includes(MERGED_MARK) ? queueFor(path, rules) : null;
    if (queue === null) continue;
    for (const { name, content } of partsOf(fs, `${staging}/${hash}`, { path, queue, rules })) {
      const target = `${queue}${name}`;
      const digest = digestOf(content);
      const mode = rules.check(target).permissions;
      createOnce(fs, { path: target, content, mode, staged: `${staging}/${digest}` });
      parts.set(target, [target, digest, mode]);
    }
  }
  if (parts.size > 0) for (const [path] of puts) parts.delete(path);
  if (puts.length + parts.size > MAX_SET_FILES)
    throw new MusterError(3113, `${parts.size} parts of merged files beside ${puts.length} files`);
  return [...parts.values()];
}

/** Where the parts of a file go; null for a plain one. */
function queueFor(path: string, rules: PathRules): string | null {
  const { merge_type: type } = mergedFields(path);
  if (type === undefined) return null;
  const { key, extraValid } = rules.check(path);
  return key === queueOf(type) && extraValid ? key : null;
}

/** None if the file is not what its name says. */
function partsOf(
  fs: SyncFileSystem,
  staged: string,
  { path, queue, rules }: { path: string; queue: string; rules: PathRules },
): MergedPart[] {
  const bytes = contentOf(fs, staged, path);
  if (bytes === null) return [];
  try {
    const parts = parseMerged(bytes);
    return parts.every(({ name }) => rules.check(`${queue}${name}`).key === queue) ? parts : [];
  } catch (error) {
    if (error instanceof MusterError) return [];
    throw error;
  }
}

/** Null for one that is too big to be taken apart. */
function contentOf(fs: SyncFileSystem, staged: string, path: string): Uint8Array | null {
  return naming(path, () => ((fs.lstat(staged)?.size ?? 0) > MAX_MERGED_BYTES ? null : fs.read(staged)));
}
