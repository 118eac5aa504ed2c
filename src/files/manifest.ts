import { MusterError } from '../protocol/errors.ts';
import { MAX_METADATA_BYTES, MAX_PATH_BYTES, MAX_SET_FILES } from './limits.ts';
import type { FileMetadata, FileSet } from './metadata.ts';
import { isSafePath, unsafe } from './paths.ts';

/** What a sync is to do: the three groups of the specification, as far as this round carries them. */
export interface Manifest {
  readonly missing: FileSet;
  readonly shared: FileSet;
  readonly extra: FileSet;
  /** Files that the size limit left to the next round. */
  readonly deferred: number;
}

const HASH = /^[0-9a-f]{128}$/;
const MANIFEST_KEYS = new Set(['missing', 'shared', 'extra', 'deferred']);
const MAX_TYPE_CHARS = 255;
const isText = (value: unknown) => typeof value === 'string';
const isPath = (value: unknown) => typeof value === 'string' && value.length <= MAX_PATH_BYTES;

/** What each field of the metadata of a file has to be. By hand: a schema takes five times as long for 10,000 files. */
const FIELDS: Readonly<Record<keyof FileMetadata, (value: unknown) => boolean>> = {
  mod_time: (value) => typeof value === 'number',
  cluster_item_key: isPath,
  merged: (value) => typeof value === 'boolean',
  merge_type: (value) => isText(value) && (value as string).length <= MAX_TYPE_CHARS,
  merge_name: isPath,
  hash: (value) => isText(value) && HASH.test(value as string),
  size: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
};
const REQUIRED: readonly (keyof FileMetadata)[] = ['mod_time', 'cluster_item_key', 'merged', 'hash', 'size'];

/** The JSON that a worker sends: path to metadata. Specification: Integrity thread, stage 2. */
export function encodeMetadata(files: FileSet): Uint8Array {
  return Buffer.from(JSON.stringify(Object.fromEntries(files)));
}

/** Reads it back. Throws 3036 for what is not such a JSON, 3113 for too much of it, 3114 for a path. */
export function decodeMetadata(bytes: Uint8Array): FileSet {
  return setOf(parseJson(bytes), 'the list');
}

/** The JSON that goes before the files of a sync. Specification: Integrity thread, stage 3. */
export function encodeManifest({ missing, shared, extra, deferred }: Manifest): Uint8Array {
  const groups = [missing, shared, extra].map((files) => Object.fromEntries(files));
  return Buffer.from(JSON.stringify({ missing: groups[0], shared: groups[1], extra: groups[2], deferred }));
}

/** Reads it back. Errors as decodeMetadata; which paths this node synchronises is for whoever applies it. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const value = recordOf(parseJson(bytes), 'the manifest');
  for (const key of Object.keys(value))
    if (!MANIFEST_KEYS.has(key)) throw bad(`the manifest has ${show(key)}`);
  const { deferred } = value;
  if (!Number.isSafeInteger(deferred) || (deferred as number) < 0) throw bad('deferred is no count');
  return {
    missing: setOf(value.missing, 'missing'),
    shared: setOf(value.shared, 'shared'),
    extra: setOf(value.extra, 'extra'),
    deferred: deferred as number,
  };
}

function setOf(value: unknown, what: string): FileSet {
  const entries = Object.entries(recordOf(value, what));
  if (entries.length > MAX_SET_FILES) throw new MusterError(3113, `${entries.length} files`);
  for (const [path, metadata] of entries) {
    if (!isSafePath(path)) throw unsafe(path, 'no list of files may hold it');
    checkMetadata(path, recordOf(metadata, show(path)));
  }
  return new Map(entries as [string, FileMetadata][]);
}

function checkMetadata(path: string, metadata: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(metadata)) {
    const isValid = Object.hasOwn(FIELDS, field) ? FIELDS[field as keyof FileMetadata] : undefined;
    if (isValid === undefined) throw bad(`${show(path)} has an unknown field ${show(field)}`);
    if (!isValid(value)) throw bad(`${show(path)}: ${field} is not what it should be`);
  }
  for (const field of REQUIRED)
    if (!Object.hasOwn(metadata, field)) throw bad(`${show(path)} has no ${field}`);
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_METADATA_BYTES)
    throw new MusterError(3113, `a list of files of ${bytes.length} bytes`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new MusterError(3036, (error as Error).message, { cause: error });
  }
}

function recordOf(value: unknown, what: string): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw bad(`${what} is no object`);
  return value as Record<string, unknown>;
}

const bad = (why: string) => new MusterError(3036, why);
/** How much of a text of the peer an error repeats. */
const MAX_SHOWN_CHARS = 200;
const show = (text: string) => JSON.stringify(text.slice(0, MAX_SHOWN_CHARS));
