import { z } from 'zod';
import { MusterError } from '../protocol/errors.ts';
import { MAX_METADATA_BYTES, MAX_SET_FILES } from './limits.ts';
import type { FileMetadata, FileSet } from './metadata.ts';
import { isPlainPath } from './paths.ts';

/** What a sync is to do: the three groups of the specification, as far as this round carries them. */
export interface Manifest {
  readonly missing: FileSet;
  readonly shared: FileSet;
  readonly extra: FileSet;
  /** Files that the size limit left to the next round. */
  readonly deferred: number;
}

const metadataShape = z.strictObject({
  mod_time: z.number(),
  cluster_item_key: z.string().max(4096),
  merged: z.boolean(),
  merge_type: z.string().max(255).optional(),
  merge_name: z.string().max(4096).optional(),
  hash: z.string().regex(/^[0-9a-f]{128}$/),
  size: z.int().min(0),
});
const setShape = z.record(z.string().max(4096).refine(isPlainPath, 'not a plain path'), metadataShape);
const manifestShape = z.strictObject({
  missing: setShape,
  shared: setShape,
  extra: setShape,
  deferred: z.int().min(0),
});

/** The JSON that a worker sends: path to metadata. Specification: Integrity thread, stage 2. */
export function encodeMetadata(files: FileSet): Uint8Array {
  return Buffer.from(JSON.stringify(Object.fromEntries(files)));
}

/** Reads it back. Throws 3036 for what is not such a JSON, 3113 for too much of it. */
export function decodeMetadata(bytes: Uint8Array): FileSet {
  return toSet(parse(bytes, setShape));
}

/** The JSON that goes before the files of a sync. Specification: Integrity thread, stage 3. */
export function encodeManifest({ missing, shared, extra, deferred }: Manifest): Uint8Array {
  const groups = [missing, shared, extra].map((files) => Object.fromEntries(files));
  return Buffer.from(JSON.stringify({ missing: groups[0], shared: groups[1], extra: groups[2], deferred }));
}

/** Reads it back. Errors as decodeMetadata; 3114 is for whoever applies it. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const { missing, shared, extra, deferred } = parse(bytes, manifestShape);
  return { missing: toSet(missing), shared: toSet(shared), extra: toSet(extra), deferred };
}

function parse<Shape extends z.ZodType>(bytes: Uint8Array, shape: Shape): z.infer<Shape> {
  if (bytes.length > MAX_METADATA_BYTES)
    throw new MusterError(3113, `a list of files of ${bytes.length} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new MusterError(3036, (error as Error).message, { cause: error });
  }
  const checked = shape.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new MusterError(3036, `${issue?.path.join('.').slice(0, 200)}: ${issue?.message}`);
}

function toSet(record: Record<string, FileMetadata>): FileSet {
  const set = new Map(Object.entries(record));
  if (set.size > MAX_SET_FILES) throw new MusterError(3113, `${set.size} files`);
  return set;
}
