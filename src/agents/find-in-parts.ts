import { Buffer } from 'node:buffer';
import { AGENT_FIELDS, type AgentColumn, type AgentCondition, type AgentQuery } from './agent-query.ts';
import type { AnswerRow } from './ask.ts';
import { MAX_REQUEST_BYTES } from './limits.ts';
import { splitRequests } from './sql.ts';
import type { FoundAgents } from './store.ts';

/**
 * The same query for some of the ids that it names at a time, so that each is a request: their rows are all agents that it
 * names, with all that `unionOf` has to know. Null where it names none, or is short enough.
 */
export function inParts(wanted: AgentQuery, requestOf: (query: AgentQuery) => string): AgentQuery[] | null {
  const { where } = wanted;
  const conditions = 'all' in where ? where.all : [where];
  const named = conditions.find((condition) => 'ids' in condition);
  if (named === undefined || Buffer.byteLength(requestOf(wanted)) <= MAX_REQUEST_BYTES) return null;
  const others = conditions.filter((condition) => condition !== named);
  const partOf = (ids: readonly number[]): AgentQuery => ({
    where: { all: [{ ids }, ...others] satisfies AgentCondition[] },
    columns: neededColumns(wanted),
    order: [],
    offset: 0,
    limit: ids.length,
    isDistinct: false,
  });
  const ids = [...new Set(named.ids)];
  return splitRequests(ids, String, requestOf(partOf([]))).map(partOf);
}

/** What a query would have found of these rows: in its order, each as it shows it, and of these its page. */
export function unionOf(
  { columns, order, offset, limit, isDistinct }: AgentQuery,
  rows: readonly AnswerRow[],
): FoundAgents {
  const compared = isDistinct ? columns.map(ascending) : [ascending('id')];
  const sorted = sortedBy([...order, ...compared], rows);
  const shown = sorted.map((row) => picked(row, columns));
  const all = isDistinct ? distinct(shown, columns) : shown;
  return { rows: all.slice(offset, offset + limit), total: all.length };
}

const neededColumns = ({ columns, order }: AgentQuery): AgentColumn[] => [
  ...new Set<AgentColumn>(['id', ...columns, ...order.map(({ column }) => column)]),
];

const ascending = (column: AgentColumn) => ({ column, isDescending: false });

const picked = (row: AnswerRow, columns: readonly AgentColumn[]): AnswerRow =>
  Object.fromEntries(
    columns.filter((column) => row[column] !== undefined).map((column) => [column, row[column]]),
  );

const distinct = (rows: readonly AnswerRow[], columns: readonly AgentColumn[]): AnswerRow[] => [
  ...new Map(rows.map((row) => [JSON.stringify(columns.map((column) => row[column])), row])).values(),
];

/** As SQLite compares: what is not known comes first, texts by their bytes, without the case of ASCII. */
function sortedBy(order: AgentQuery['order'], rows: readonly AnswerRow[]): AnswerRow[] {
  const keyed = rows.map((row) => ({ row, keys: order.map(({ column }) => keyOf(row, column)) }));
  keyed.sort((left, right) => {
    for (const [index, { isDescending }] of order.entries()) {
      const difference = compare(left.keys[index], right.keys[index]);
      if (difference !== 0) return isDescending ? -difference : difference;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

type Key = number | Buffer | undefined;

function keyOf(row: AnswerRow, column: AgentColumn): Key {
  const value = row[column];
  if (value === undefined) return undefined;
  if (AGENT_FIELDS[column] === 'number') return Number(value);
  return Buffer.from(String(value).replace(/[A-Z]+/g, (letters) => letters.toLowerCase()));
}

function compare(left: Key, right: Key): number {
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  if (typeof left === 'number' || typeof right === 'number') return Number(left) - Number(right);
  return Buffer.compare(left, right);
}
