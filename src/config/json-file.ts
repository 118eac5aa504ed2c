import { z } from 'zod';
import { readText } from './read-text.ts';
import { settingDocs } from './schema/setting.ts';

/** Problems that one error names; more are counted. */
const MAX_PROBLEMS_SHOWN = 5;
/** Characters of a found value that an error shows. */
const MAX_VALUE_CHARS = 80;

export interface JsonFile {
  readonly path: string;
  readonly raw: unknown;
}

/** Reads a JSON file; null if there is none. Throws a plain error with words for a person. */
export async function readJsonFile(path: string): Promise<JsonFile | null> {
  const text = await readText(path);
  return text === null ? null : { path, raw: parseJson(text) };
}

/** The runtime's own words quote the text around a mistake, which may be a secret; the place is enough. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const before = text.slice(0, position === undefined ? text.length : Number(position)).split('\n');
    throw new Error(`is not JSON: line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`);
  }
}

/** Checks a value against a documented schema. Throws a plain error that names every wrong key, what was found and what is allowed. */
export function checkJson<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const problems = [...new Set(result.error.issues.map((issue) => describeIssue(schema, raw, issue)))];
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN);
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
  throw new Error(shown.join('; '));
}

function describeIssue(schema: z.ZodType, raw: unknown, issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const where = path.length === 0 ? 'the file' : path.join('.');
    const allowed = childNames(schema, path);
    return `${where} has the unknown key ${issue.keys.join(', ')}; allowed: ${allowed.join(', ')}`;
  }
  const allowed =
    issue.code === 'custom' && issue.message !== 'Invalid input' ? issue.message : allowedAt(schema, path);
  return `${path.join('.') || 'the file'} is ${show(valueAt(raw, path), path)}; allowed: ${allowed}`;
}

/** The keys that a raw value has and its schema does not know, as dotted paths. */
export function unknownKeys(schema: z.ZodType, raw: unknown, path: string[] = []): string[] {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject) || typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return [];
  const { shape } = inner;
  return Object.entries(raw).flatMap(([key, value]) => {
    const child = shape[key] ?? (inner.def.catchall instanceof z.ZodObject ? inner.def.catchall : undefined);
    const here = [...path, key];
    return child === undefined ? [here.join('.')] : unknownKeys(child as z.ZodType, value, here);
  });
}

/** The schema itself, without its defaults. */
export function unwrap(schema: z.ZodType): z.ZodType {
  let current = schema;
  while (
    current instanceof z.ZodDefault ||
    current instanceof z.ZodPrefault ||
    current instanceof z.ZodOptional ||
    current instanceof z.ZodNullable
  ) {
    current = current.unwrap() as z.ZodType;
  }
  return current;
}

function child(schema: z.ZodType, key: string): z.ZodType | undefined {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return undefined;
  return (inner.shape[key] ?? inner.def.catchall) as z.ZodType | undefined;
}

function childNames(schema: z.ZodType, path: string[]): string[] {
  let current: z.ZodType | undefined = schema;
  for (const key of path) current = current && child(current, key);
  const inner = current && unwrap(current);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** The words of the deepest documented schema on the way; a level without words of its own is an object. */
function allowedAt(schema: z.ZodType, path: string[]): string {
  let current: z.ZodType | undefined = schema;
  let words = 'an object of settings';
  for (const key of path) {
    current = current && child(current, key);
    if (current === undefined) break;
    words = documentationOf(current)?.allowed ?? 'an object of settings';
  }
  return words;
}

/** A schema's documentation, whether it was written on the schema or on what its default wraps. */
export function documentationOf(schema: z.ZodType) {
  return settingDocs.get(schema) ?? settingDocs.get(unwrap(schema));
}

function valueAt(raw: unknown, path: string[]): unknown {
  let value = raw;
  for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
  return value;
}

/** Secrets are described, never shown. */
function show(value: unknown, path: string[]): string {
  if (path.includes('accepted_keys')) return 'not what it should be';
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}…` : text;
}
