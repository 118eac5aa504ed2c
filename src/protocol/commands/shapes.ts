import { z } from 'zod';
import { MAX_ERROR_DETAIL_CHARS } from '../errors.ts';
import {
  MAX_CLUSTER_NAME_CHARS,
  MAX_DEADLINE_MS,
  MAX_FILE_BYTES,
  MAX_FILES,
  MAX_HANDLE,
  MAX_INTEGER,
  MAX_JSON_CHARS,
  MAX_NODE_NAME_CHARS,
  MAX_PATH_CHARS,
  MAX_SHORT_TEXT_CHARS,
  MAX_STRING_BYTES,
  MAX_TASK_CHARS,
  MAX_TEXT_CHARS,
} from '../limits.ts';

/** Names that a node may have: they become directories beside the local socket, and parts of identifiers. */
export const NODE_NAME = /^(?!c-internal\.sock$)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** No control characters: such texts end up in logs and on terminals. */
const PRINTABLE = /^[^\p{Cc}]*$/u;

const named = <T extends z.ZodType>(schema: T, id: string, description: string): T =>
  schema.meta({ id, description });

/** No arguments, or nothing to reply: an empty map. */
export const nothing = z.strictObject({});

export const nodeName = named(
  z.string().max(MAX_NODE_NAME_CHARS).regex(NODE_NAME),
  'NodeName',
  'the name of a node',
);
export const clusterName = named(
  z.string().min(1).max(MAX_CLUSTER_NAME_CHARS).regex(PRINTABLE),
  'ClusterName',
  'the name of a cluster; no control characters',
);
export const shortText = named(
  z.string().max(MAX_SHORT_TEXT_CHARS).regex(PRINTABLE),
  'ShortText',
  'a name, date or address; no control characters',
);
export const text = named(z.string().max(MAX_TEXT_CHARS), 'Text', 'a sentence for a person');
export const hex128 = named(
  z
    .string()
    .length(128)
    .regex(/^[0-9a-f]{128}$/),
  'Hex128',
  'a BLAKE2b-512 digest in lower-case hexadecimal',
);
export const hex32 = named(
  z
    .string()
    .length(32)
    .regex(/^[0-9a-f]{32}$/),
  'Hex32',
  '16 bytes in lower-case hexadecimal',
);
export const taskId = named(
  z
    .string()
    .max(MAX_TASK_CHARS)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/),
  'TaskId',
  'names a process of the receiver, or of the sender where the command says so',
);
export const path = named(
  z
    .string()
    .min(1)
    .max(MAX_PATH_CHARS)
    .regex(/^[^\0]+$/),
  'Path',
  'relative to the home directory, `/` between its parts; the receiver checks it further before it touches a disk',
);
export const count = named(z.int().min(0).max(MAX_INTEGER), 'Count', 'a whole number, not negative');
export const fileSize = named(z.int().min(0).max(MAX_FILE_BYTES), 'FileSize', 'bytes of a file');
export const stringSize = named(z.int().min(0).max(MAX_STRING_BYTES), 'StringSize', 'bytes of a long string');
export const handle = named(
  z.int().min(0).max(MAX_HANDLE),
  'Handle',
  'names a transfer; given out by the receiver of the bytes',
);
export const deadline = named(
  z.int().min(0).max(MAX_DEADLINE_MS),
  'Deadline',
  'milliseconds that are left for the answer; each hop subtracts what it used',
);
export const wireError = named(
  z.strictObject({
    code: z.int().min(0).max(65_535),
    detail: z.string().max(MAX_ERROR_DETAIL_CHARS).nullable(),
  }),
  'WireError',
  'an error: its code (docs/errors.md) and what the case at hand adds',
);
export const json = named(
  z.json().refine((value) => jsonChars(value) <= MAX_JSON_CHARS, 'too many characters'),
  'Json',
  `any JSON value; its texts and keys have at most ${MAX_JSON_CHARS} characters together`,
);
export const jsonObject = named(
  z.record(z.string(), z.json()).refine((value) => jsonChars(value) <= MAX_JSON_CHARS, 'too many characters'),
  'JsonObject',
  'a JSON object, limited like Json',
);

/** A map whose size is limited; `entries` is what the documentation says about it. */
export function recordOf<K extends z.ZodType<string, string>, V extends z.ZodType>(
  key: K,
  value: V,
  max: number,
) {
  return z
    .record(key, value)
    .refine((record) => Object.keys(record).length <= max, `more than ${max} entries`)
    .meta({ maxEntries: max });
}

export const fileMetadata = named(
  z.strictObject({
    mod_time: z.number(),
    cluster_item_key: path,
    merged: z.boolean(),
    merge_type: shortText.optional(),
    merge_name: path.optional(),
    hash: hex128,
    size: fileSize,
  }),
  'FileMetadata',
  'what a node knows of one file of its integrity set; mod_time in seconds since 1970',
);
export const fileMap = recordOf(path, fileMetadata, MAX_FILES);

/** What any value but a text, a list or a record counts: it takes memory, too. */
const SCALAR_CHARS = 8;

/** Characters of all texts and keys, and some for everything else. Nesting is limited before this runs. */
export function jsonChars(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (value === null || typeof value !== 'object') return SCALAR_CHARS;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + jsonChars(item), 0);
  return Object.entries(value).reduce((sum, [key, item]) => sum + key.length + jsonChars(item), 0);
}
