import { DEFAULT_PAGE_ITEMS } from './limits.ts';
import type { ListArgs } from './list-args.ts';
import {
  checkField,
  parseQuery,
  parseSearch,
  parseSort,
  type QueryExpression,
  queryNumber,
  type SortField,
  selectedFields,
} from './list-query.ts';

type Value = string | number | boolean | null | undefined;
type Item = Readonly<Record<string, Value>>;

/**
 * A page of a list that is in memory: nodes, groups, files. Items are flat; what a field does not have is as if it were not
 * there. Throws 1403, 1407, 1408, 1724.
 */
export function listItems<T extends Item>(
  all: readonly T[],
  args: ListArgs,
  fields: readonly (keyof T & string)[],
): { items: Partial<T>[]; totalItems: number } {
  const wanted = args.q === undefined ? null : parseQuery(args.q);
  const search = args.search === undefined ? null : parseSearch(args.search);
  const order = args.sort === undefined ? [] : parseSort(args.sort);
  const selected = selectedFields(args.select, fields);
  for (const { field } of order) checkField(field, fields, 1403);
  if (wanted !== null) checkTerms(wanted, fields, fieldsOfNumbers(all, fields));
  const found = all.filter(
    (item) =>
      (wanted === null || fits(item, wanted)) &&
      (search === null || contains(item, fields, search.text) === search.isContained),
  );
  const sorted = order.length === 0 ? found : found.toSorted((left, right) => compare(left, right, order));
  const picked = sorted.map((item) => pick(item, selected));
  const listed = args.distinct ? distinct(picked) : picked;
  const offset = args.offset ?? 0;
  return {
    items: listed.slice(offset, offset + (args.limit ?? DEFAULT_PAGE_ITEMS)) as Partial<T>[],
    totalItems: listed.length,
  };
}

function checkTerms(
  expression: QueryExpression,
  fields: readonly string[],
  ofNumbers: ReadonlySet<string>,
): void {
  if ('all' in expression) for (const part of expression.all) checkTerms(part, fields, ofNumbers);
  else if ('any' in expression) for (const part of expression.any) checkTerms(part, fields, ofNumbers);
  else {
    const { field, comparison, value } = expression;
    checkField(field, fields, 1408);
    if (ofNumbers.has(field) && comparison !== '~' && value !== 'null') queryNumber(field, value);
  }
}

const fieldsOfNumbers = (all: readonly Item[], fields: readonly string[]): ReadonlySet<string> =>
  new Set(fields.filter((field) => all.some((item) => typeof item[field] === 'number')));

function fits(item: Item, expression: QueryExpression): boolean {
  if ('all' in expression) return expression.all.every((part) => fits(item, part));
  if ('any' in expression) return expression.any.some((part) => fits(item, part));
  const { field, comparison, value } = expression;
  const own = item[field] ?? null;
  if (value === 'null') return (own === null) === (comparison === '=');
  if (own === null) return comparison === '!=';
  if (comparison === '~') return String(own).toLowerCase().includes(value.toLowerCase());
  const order = compareValues(own, typeof own === 'number' ? Number(value) : value);
  if (comparison === '=') return order === 0;
  if (comparison === '!=') return order !== 0;
  return comparison === '<' ? order < 0 : order > 0;
}

function contains(item: Item, fields: readonly string[], text: string): boolean {
  const wanted = text.toLowerCase();
  return fields.some((field) =>
    String(item[field] ?? '')
      .toLowerCase()
      .includes(wanted),
  );
}

function compare(left: Item, right: Item, order: readonly SortField[]): number {
  for (const { field, isDescending } of order) {
    const result = compareValues(left[field], right[field]);
    if (result !== 0) return isDescending ? -result : result;
  }
  return 0;
}

/** Numbers by their size, texts in whatever case; what is not there comes first. */
function compareValues(left: Value, right: Value): number {
  const [a, b] = [comparable(left), comparable(right)];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const comparable = (value: Value) => (typeof value === 'number' ? value : String(value ?? '').toLowerCase());

function pick(item: Item, fields: readonly string[]): Item {
  return Object.fromEntries(
    fields.flatMap((field) => (item[field] === undefined ? [] : [[field, item[field]]])),
  );
}

function distinct(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
