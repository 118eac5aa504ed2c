import { MusterError } from '../protocol/errors.ts';
import { MAX_METADATA_BYTES, MAX_PATH_BYTES, MAX_SET_FILES } from './limits.ts';
import { ListScan } from './list-scan.ts';
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
/** Fields that every file has. */
const REQUIRED_FIELDS = 5;
const FIELDS = ['mod_time', 'cluster_item_key', 'merged', 'merge_type', 'merge_name', 'hash', 'size'];
/** In the JSON of a list: what stands around a file (a colon, a brace, a comma), and within (the same of each field, but for braces). */
const [TOKENS_AROUND, TOKENS_WITHIN] = [3, 2 * FIELDS.length];
const metadataScan = new ListScan({
  tokens: [1, TOKENS_AROUND * MAX_SET_FILES, TOKENS_WITHIN * MAX_SET_FILES],
  fields: FIELDS,
  maxFiles: MAX_SET_FILES,
});
/** Each file of a manifest is one of the master's or one of the worker's. */
const MANIFEST_FILES = 2 * MAX_SET_FILES;
const manifestScan = new ListScan({
  tokens: [1, 3 * MANIFEST_KEYS.size, TOKENS_AROUND * MANIFEST_FILES, TOKENS_WITHIN * MANIFEST_FILES],
  fields: FIELDS,
  maxFiles: MANIFEST_FILES,
});

/** The JSON that a worker sends: path to metadata. Specification: Integrity thread, stage 2. */
export function encodeMetadata(files: FileSet): Uint8Array {
  return Buffer.from(JSON.stringify(Object.fromEntries(files)));
}

/** Reads it back. Throws 3036 for what is not such a JSON, 3113 for too much of it, 3114 for a path. */
export function decodeMetadata(bytes: Uint8Array): FileSet {
  return setOf(parseList(bytes, metadataScan), 'the list');
}

/** The JSON that goes with the files of a sync. Specification: Integrity thread, stage 3. */
export function encodeManifest({ missing, shared, extra, deferred }: Manifest): Uint8Array {
  const groups = [missing, shared, extra].map((files) => Object.fromEntries(files));
  return Buffer.from(JSON.stringify({ missing: groups[0], shared: groups[1], extra: groups[2], deferred }));
}

/** Reads it back. Errors as decodeMetadata; which paths this node synchronises is for whoever applies it. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const value = recordOf(parseList(bytes, manifestScan), 'the manifest');
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
  const record = recordOf(value, what);
  const files = new Map<string, FileMetadata>();
  for (const path of Object.keys(record)) {
    if (!isSafePath(path)) throw unsafe(path, 'no list of files may hold it');
    const metadata = recordOf(record[path], path);
    checkFields(path, metadata, REQUIRED_FIELDS);
    files.set(path, metadata as unknown as FileMetadata);
  }
  if (files.size > MAX_SET_FILES)
    throw new MusterError(3113, `${files.size} files; at most ${MAX_SET_FILES} are synchronised`);
  return files;
}

/** Whether these are the fields of a file, so many of which each has. Throws 3036, 3108 for a number beyond all numbers. */
export function checkFields(path: string, metadata: Record<string, unknown>, requiredFields: number): void {
  let required = 0;
  for (const field in metadata) {
    if (metadata[field] === Infinity || metadata[field] === -Infinity)
      throw new MusterError(3108, `${show(path)}: the field ${show(field)} is beyond all numbers`);
    if (!isValid(field, metadata[field])) {
      throw bad(`${show(path)}: the field ${show(field)} is unknown or not what it should be`);
    }
    if (!field.startsWith('merge_')) required += 1;
  }
  if (required !== requiredFields) throw bad(`${show(path)} lacks a field`);
}

/** By hand: a schema takes five times as long, and lists of 10,000 files are read while others wait. */
function isValid(field: string, value: unknown): boolean {
  switch (field) {
    case 'mod_time':
      return typeof value === 'number';
    case 'merged':
      return typeof value === 'boolean';
    case 'hash':
      return typeof value === 'string' && HASH.test(value);
    case 'size':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'cluster_item_key':
    case 'merge_name':
      return typeof value === 'string' && value.length <= MAX_PATH_BYTES;
    case 'merge_type':
      return typeof value === 'string' && value.length <= MAX_TYPE_CHARS;
    default:
      return false;
  }
}

/** Throws 3113 for too much of it, 3036 for what is no JSON. */
export function parseList(bytes: Uint8Array, scan: ListScan): unknown {
  if (bytes.length > MAX_METADATA_BYTES)
    throw new MusterError(3113, `a list of files of ${bytes.length} bytes`);
  scan.check(bytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new MusterError(3036, (error as Error).message, { cause: error });
  }
}

/** An object of any keys. Throws 3036. */
export function recordOf(value: unknown, what: string): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw bad(`${show(what)} is no object`);
  return value as Record<string, unknown>;
}

const bad = (why: string) => new MusterError(3036, why);
/** How much of a text of the peer an error repeats. */
const MAX_SHOWN_CHARS = 200;
export const show = (text: string) => JSON.stringify(text.slice(0, MAX_SHOWN_CHARS));
