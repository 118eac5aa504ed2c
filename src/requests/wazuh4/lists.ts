import { z } from 'zod';
import { check } from '../../protocol/dialects/check.ts';
import type { JsonObject } from '../../protocol/dialects/wazuh4/objects.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_PAGE_ITEMS } from '../../protocol/limits.ts';

const text = z.string();
const texts = z.array(text);
const orNull = <T extends z.ZodType>(schema: T) => schema.nullable().optional();

/** What functions of the original that list something may be asked. */
export const listKwargs = {
  offset: orNull(z.number()),
  limit: orNull(z.number()),
  sort: orNull(z.strictObject({ fields: orNull(texts), order: orNull(z.enum(['asc', 'desc'])) })),
  search: orNull(z.strictObject({ value: text, negation: z.boolean().optional() })),
  select: orNull(texts),
  q: orNull(text),
  distinct: orNull(z.boolean()),
};
const listSchema = z.object(listKwargs);
export type ListKwargs = z.infer<typeof listSchema>;

/** The same in our terms; what is not given is left out. */
export function listArgsOf({ offset, limit, sort, search, select, q, distinct }: ListKwargs): JsonObject {
  return {
    ...given('offset', offset || null),
    // No limit at all is ours.
    limit: limit === null ? MAX_PAGE_ITEMS : limit,
    ...given('sort', sortText(sort)),
    ...given('search', searchText(search)),
    ...given('select', select?.length === 0 ? null : select),
    ...given('q', q || null),
    ...given('distinct', distinct || null),
  };
}

const sortText = (sort: ListKwargs['sort']): string | null =>
  sort?.fields?.map((field) => (sort.order === 'desc' ? '-' : '+') + field).join(',') || null;

const searchText = (search: ListKwargs['search']): string | null =>
  search === undefined || search === null || search.value === ''
    ? null
    : `${search.negation === true ? '-' : ''}${search.value}`;

const word = z.union([z.string(), z.number()]);
const filter = z.union([word, z.array(word), z.null()]);
type Filter = z.infer<typeof filter>;
export const filters = z.record(z.string(), filter);

/** Filters of which an agent may have any of several. */
const PLURAL = ['status'];
/**
 * `cluster_control` joins what it is given with commas. The original takes that for one name, which nobody has; here it is
 * what was meant.
 */
const JOINED = ['status', 'node_name'];
/** What a query can compare with: the rest means something there. */
const COMPARABLE = /^(?!null$)[^\s;,()](?:[^;,()]*[^\s;,()])?$/;

/** Filters of the original, beside its query; `all` is none. Of most a list has one value: several are a query. Throws 3108. */
export function filtersOf(
  given4: z.infer<typeof filters> | null | undefined,
  query?: string | null,
): JsonObject {
  const wanted = Object.entries(given4 ?? {}).filter(
    ([, value]) => value !== null && !['', 'all'].includes(String(value)),
  );
  const single: Record<string, unknown> = {};
  const queries = query ? [query] : [];
  for (const [key, value] of wanted) {
    const words = wordsOf(key, value as Filter);
    if (PLURAL.includes(key)) single[key] = words;
    else if (words.length === 1) single[key] = words[0];
    else queries.push(anyOf(key, words));
  }
  return { ...single, ...given('q', queries.length > 1 ? `(${queries.join(');(')})` : queries[0]) };
}

function wordsOf(key: string, value: Filter): string[] {
  if (Array.isArray(value)) return value.map(String);
  return JOINED.includes(key) ? String(value).split(',') : [String(value)];
}

function anyOf(key: string, words: readonly string[]): string {
  if (key === 'older_than' || !words.every((word) => COMPARABLE.test(word)))
    throw new MusterError(3108, `${key}: one value is understood`);
  return words.map((word) => `${key}=${word}`).join(',');
}

/** A key with its value; nothing for one that is not given. */
export const given = (key: string, value: unknown): JsonObject =>
  value === undefined || value === null ? {} : { [key]: value };

const SIGNED = /^([+-]?)(.*)$/s;

/** Arguments of a list of ours as the original's functions take them. */
export function listKwargsOf(args: JsonObject): JsonObject {
  const { offset, limit, sort, search, select, q, distinct } = args as Record<string, never>;
  const fields =
    typeof sort === 'string' ? (sort as string).split(',').map((field) => SIGNED.exec(field)) : null;
  const [, searchSign = '', searchValue = ''] = SIGNED.exec(typeof search === 'string' ? search : '') ?? [];
  return {
    offset: offset ?? 0,
    ...given('limit', limit),
    ...given(
      'sort',
      fields && {
        fields: fields.map((match) => match?.[2] ?? ''),
        order: fields[0]?.[1] === '-' ? 'desc' : 'asc',
      },
    ),
    ...given(
      'search',
      searchValue === ''
        ? null
        : { value: searchSign === '+' ? `+${searchValue}` : searchValue, negation: searchSign === '-' },
    ),
    ...given('select', select),
    ...given('q', q),
    ...given('distinct', distinct),
  };
}

/** Arguments of a function, checked. Throws 3108. */
export const kwargsOf = <S extends z.ZodType>(schema: S, kwargs: unknown, name: string): z.infer<S> =>
  check(schema, kwargs, name);
