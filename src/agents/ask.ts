import { MusterError } from '../protocol/errors.ts';
import { MAX_PAGES, NEAR_CHARS } from './limits.ts';
import type { StoreAnswer } from './store.ts';

/** Sends one request of the protocol. */
export type Query = (request: string) => Promise<StoreAnswer>;

/** A row of an answer. */
export type AnswerRow = Readonly<Record<string, unknown>>;

/** Sends a request that has to succeed. Rejects with 2003 for `err`, 2007 for a status that makes no sense. */
export async function ask(query: Query, request: string): Promise<StoreAnswer> {
  const answer = await query(request);
  if (answer.status === 'ok' || answer.status === 'due') return answer;
  if (answer.status === 'err') throw new MusterError(2003, answer.payload);
  throw new MusterError(2007, `status ${answer.status} for ${request.slice(0, NEAR_CHARS)}`);
}

/** Sends a request that changes something. */
export async function command(query: Query, request: string): Promise<void> {
  await ask(query, request);
}

/** The payload as a list. Throws 2007. */
export function listIn(answer: StoreAnswer): unknown[] {
  const value = jsonIn(answer);
  if (!Array.isArray(value)) throw new MusterError(2007, 'a list was expected');
  return value;
}

/** The payload as rows. Throws 2007. */
export function rowsIn(answer: StoreAnswer): AnswerRow[] {
  const list = listIn(answer);
  if (!list.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))) {
    throw new MusterError(2007, 'rows were expected');
  }
  return list as AnswerRow[];
}

function jsonIn({ payload }: StoreAnswer): unknown {
  try {
    return JSON.parse(payload);
  } catch (error) {
    const words = `no JSON: ${JSON.stringify(payload.slice(0, NEAR_CHARS))}`;
    throw new MusterError(2007, words, { cause: error });
  }
}

/** The one row of an answer, or null. */
export async function askRow(query: Query, request: string): Promise<AnswerRow | null> {
  return rowsIn(await ask(query, request))[0] ?? null;
}

/**
 * The ids of all pages. There are more while the store says so; where it cannot (SQL), while a page has as many rows as were
 * asked for.
 */
export async function askAll(
  query: Query,
  requestAfter: (lastId: number) => string,
  startId: number,
  pageRows: number | null = null,
): Promise<number[]> {
  const ids: number[] = [];
  let lastId = startId;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const answer = await ask(query, requestAfter(lastId));
    const rows = rowsIn(answer);
    for (const row of rows) ids.push(numberIn(row, 'id'));
    if (pageRows === null ? answer.status === 'ok' : rows.length < pageRows) return ids;
    const reached = ids.at(-1) ?? lastId;
    if (reached <= lastId) break;
    lastId = reached;
  }
  throw new MusterError(2007, `${requestAfter(lastId).slice(0, NEAR_CHARS)}: the pages come to no end`);
}

/** The number that a row has here. Throws 2007. */
export function numberIn(row: unknown, name: string): number {
  const value = (row as AnswerRow | null)?.[name];
  if (typeof value !== 'number') throw new MusterError(2007, `${name} is no number`);
  return value;
}

export function textIn(row: unknown, name: string): string {
  const value = (row as AnswerRow | null)?.[name];
  if (typeof value !== 'string') throw new MusterError(2007, `${name} is no text`);
  return value;
}

/** NULL columns are left out of rows. */
export const textOrNullIn = (row: AnswerRow, name: string): string | null =>
  row[name] === undefined ? null : String(row[name]);
