import { pythonFloat, pythonJson } from '../../protocol/dialects/wazuh4/python.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { Comparison } from '../compare.ts';
import { MAX_SET_FILES } from '../limits.ts';
import { ListScan } from '../list-scan.ts';
import { checkFields, parseList, recordOf, show } from '../manifest.ts';
import type { FileMetadata, FileSet } from '../metadata.ts';
import { isSafePath, staysBelow, unsafe } from '../paths.ts';

/** What the original tells of a file: everything but its size. */
export type Wazuh4Metadata = Omit<FileMetadata, 'size'>;
export type Wazuh4Set = ReadonlyMap<string, Wazuh4Metadata>;

/** What a worker has to do, as the original's master tells it. */
export interface Wazuh4Manifest {
  readonly missing: Wazuh4Set;
  readonly shared: Wazuh4Set;
  readonly extra: Wazuh4Set;
}

const FIELDS = ['mod_time', 'cluster_item_key', 'merged', 'merge_type', 'merge_name', 'hash'];
const REQUIRED_FIELDS = 4;
const GROUPS = ['missing', 'extra', 'shared'] as const;
const [TOKENS_AROUND, TOKENS_WITHIN] = [3, 2 * FIELDS.length];
const metadataScan = new ListScan({
  tokens: [1, TOKENS_AROUND * MAX_SET_FILES, TOKENS_WITHIN * MAX_SET_FILES],
  fields: FIELDS,
  maxFiles: MAX_SET_FILES,
});
/** Each file of a manifest is one of the master's or one of the worker's. */
const MANIFEST_FILES = 2 * MAX_SET_FILES;
const manifestScan = new ListScan({
  tokens: [1, 3 * GROUPS.length, TOKENS_AROUND * MANIFEST_FILES, TOKENS_WITHIN * MANIFEST_FILES],
  fields: FIELDS,
  maxFiles: MANIFEST_FILES,
});

/** The list of a worker. */
export function encodeWazuh4Metadata(files: Wazuh4Set): Buffer {
  return latin1(jsonOf(files));
}

/**
 * Reads it back; what is not told, the size, is 0. Names that Muster does not give to files are passed on: to a worker that
 * has such files they can be told. Throws 3036 for what is no such JSON, 3113 for too much of it, 3114 for a path that
 * leads out.
 */
export function decodeWazuh4Metadata(bytes: Uint8Array): FileSet {
  const files = setOf(parseList(bytes, metadataScan), 'the list');
  return new Map([...files].map(([path, metadata]) => [path, { ...metadata, size: 0 }]));
}

/** The list that goes with the files of a sync. */
export function encodeWazuh4Manifest(manifest: Wazuh4Manifest | Comparison): Buffer {
  return latin1(`{${GROUPS.map((group) => `"${group}": ${jsonOf(manifest[group])}`).join(', ')}}`);
}

/** Reads it back. Errors as `decodeWazuh4Metadata`; which paths this node synchronises is for whoever applies it. */
export function decodeWazuh4Manifest(bytes: Uint8Array): Wazuh4Manifest {
  const value = recordOf(parseList(bytes, manifestScan), 'the manifest');
  for (const key of Object.keys(value))
    if (!(GROUPS as readonly string[]).includes(key))
      throw new MusterError(3036, `the manifest has ${show(key)}`);
  const [missing, extra, shared] = GROUPS.map((group) => setOf(value[group], group));
  return { missing, extra, shared } as Wazuh4Manifest;
}

/** Everything else is escaped. */
const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** As Python writes it, without an object for each file: lists are long. */
function jsonOf(files: Wazuh4Set): string {
  let text = '';
  for (const [path, metadata] of files)
    text += `${text === '' ? '' : ', '}${pythonJson(path)}: ${fileJson(metadata)}`;
  return `{${text}}`;
}

/** The fields in the order of the original; times have always a fraction there. */
function fileJson({
  mod_time,
  cluster_item_key: item,
  merged,
  merge_type,
  merge_name,
  hash,
}: Wazuh4Metadata): string {
  const type = merge_type === undefined ? '' : `, "merge_type": ${pythonJson(merge_type)}`;
  const name = merge_name === undefined ? '' : `, "merge_name": ${pythonJson(merge_name)}`;
  return `{"mod_time": ${pythonFloat(mod_time)}, "cluster_item_key": ${pythonJson(item)}, "merged": ${merged}${type}${name}, "hash": ${pythonJson(hash)}}`;
}

function setOf(value: unknown, what: string): Map<string, Wazuh4Metadata> {
  const record = recordOf(value, what);
  const files = new Map<string, Wazuh4Metadata>();
  for (const path of Object.keys(record)) {
    if (!isSafePath(path) && !staysBelow(path)) throw unsafe(path, 'it is not a plain relative path');
    const metadata = recordOf(record[path], path);
    checkFields(path, metadata, REQUIRED_FIELDS);
    files.set(path, metadata as unknown as Wazuh4Metadata);
  }
  if (files.size > MAX_SET_FILES)
    throw new MusterError(3113, `${files.size} files; at most ${MAX_SET_FILES} are synchronised`);
  return files;
}
