import { MusterError } from '../protocol/errors.ts';
import { MAX_MERGED_PARTS } from './limits.ts';
import { isSafeName } from './paths.ts';

/** Part of a base name that marks a merged file. */
export const MERGED_MARK = '.merged';
const LF = 0x0a;
const HEADER = /^(\d{1,12}) (.+) (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00:00)$/s;
/** Longest header: size, name and date. */
const MAX_HEADER_BYTES = 512;

/** One part of a merged file. */
export interface MergedPart {
  name: string;
  /** Modification time, milliseconds since the epoch. */
  mtimeMs: number;
  content: Uint8Array;
}

/** What parts may be: the directories below `queue/` that merged files are for. No file of a peer reaches any other. */
const TYPES: readonly string[] = ['agent-info', 'agent-groups'];

/**
 * What the metadata of a file says of merging: the part of the name before the mark is what its parts are. A file whose
 * name has the mark but another type is a plain one.
 */
export function mergedFields(path: string): { merged: boolean; merge_type?: string; merge_name?: string } {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const at = name.indexOf(MERGED_MARK);
  const type = name.slice(0, Math.max(0, at));
  return TYPES.includes(type) ? { merged: true, merge_type: type, merge_name: path } : { merged: false };
}

/** Joins parts: `<size> <name> <date>` and a line feed before each content, nothing after it. */
export function encodeMerged(parts: readonly MergedPart[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap(({ name, mtimeMs, content }) => {
      const date = new Date(mtimeMs).toISOString().replace('T', ' ').replace('Z', '+00:00');
      return [Buffer.from(`${content.length} ${name} ${date}\n`), content];
    }),
  );
}

/** Takes a merged file apart; contents are views. Throws 3115 for one that is malformed, 3114 for a bad name, 3113. */
export function parseMerged(bytes: Uint8Array): MergedPart[] {
  const parts: MergedPart[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.subarray(at, at + MAX_HEADER_BYTES).indexOf(LF);
    const header = Buffer.from(bytes.subarray(at, end < 0 ? at : at + end)).toString('utf8');
    const [, size, name, date] = HEADER.exec(header) ?? [];
    if (size === undefined || name === undefined || date === undefined) {
      throw new MusterError(3115, `a merged file is malformed at byte ${at}`);
    }
    if (parts.length >= MAX_MERGED_PARTS)
      throw new MusterError(3113, `a merged file of more than ${MAX_MERGED_PARTS} parts`);
    if (!isSafeName(name)) throw new MusterError(3114, `the name ${JSON.stringify(name)} in a merged file`);
    const from = at + end + 1;
    const to = from + Number(size);
    if (to > bytes.length) throw new MusterError(3115, `a merged file ends within ${name}`);
    parts.push({ name, mtimeMs: Date.parse(date.replace(' ', 'T')), content: bytes.subarray(from, to) });
    at = to;
  }
  return parts;
}
