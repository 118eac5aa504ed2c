import { MusterError } from '../protocol/errors.ts';
import { type AnswerRow, ask, type Query, rowsIn } from './ask.ts';
import { FIRST_PAGE_ROWS, MAX_PAGE_ROWS, MAX_REQUEST_BYTES } from './limits.ts';

/**
 * A text as SQL writes it. The protocol knows statements only as text, so what stands in them has to be written into them:
 * here and nowhere else, and only by the client. Throws 3201 for a text that a statement cannot hold.
 */
export function sqlText(text: string): string {
  if (text.includes('\0')) throw new MusterError(3201, 'a text holds a zero byte');
  return `'${text.replaceAll("'", "''")}'`;
}

/** A whole number as SQL writes it. */
export function sqlNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw new MusterError(3201, `${value} is no whole number`);
  return String(value);
}

export const sqlNumbers = (values: readonly number[]): string => values.map(sqlNumber).join(',');

/** What SQLite's `quote()` makes of a value. */
export function quoted(value: unknown): string {
  if (value === undefined || value === null) return 'NULL';
  return typeof value === 'number' ? sqlNumber(value) : sqlText(String(value));
}

export async function select(query: Query, statement: string): Promise<AnswerRow[]> {
  return rowsIn(await ask(query, `global sql ${statement}`));
}

/** Rows of a page, and whether there are no more. */
export interface SqlPage {
  readonly rows: AnswerRow[];
  readonly isLast: boolean;
}

/** Pages read in a row before one that was too long is tried again. */
const PAGES_BEFORE_GROWTH = 16;

/**
 * Selects as many rows as an answer takes. Nobody but the reader controls the size of an answer to SQL: where it was cut,
 * half as many are asked for, and after some that were not, more.
 */
export class SqlPager {
  readonly #query: Query;
  #limit = FIRST_PAGE_ROWS;
  #pagesToGo = 0;

  constructor(query: Query) {
    this.#query = query;
  }

  /** `read` has to ask for this many rows, and may ask for more about them. Null: the first row alone is too long. */
  async page(read: (query: Query, limit: number) => Promise<AnswerRow[]>): Promise<SqlPage | null> {
    for (;;) {
      const limit = this.#limit;
      try {
        const rows = await read(this.#query, limit);
        if (this.#pagesToGo > 0) this.#pagesToGo -= 1;
        else this.#limit = Math.min(limit * 2, MAX_PAGE_ROWS);
        return { rows, isLast: rows.length < limit };
      } catch (error) {
        if (!(error instanceof MusterError) || error.code !== 2009) throw error;
        if (limit === 1) return null;
        this.#limit = Math.max(1, limit >> 1);
        this.#pagesToGo = PAGES_BEFORE_GROWTH;
      }
    }
  }
}

/** Puts items into as many requests as are needed so that none is too long; one item alone may still be. */
export function splitRequests<T>(items: readonly T[], textOf: (item: T) => string, frame: string): T[][] {
  const frameBytes = Buffer.byteLength(frame);
  const parts: T[][] = [];
  let part: T[] = [];
  let sizeBytes = frameBytes;
  for (const item of items) {
    const itemBytes = Buffer.byteLength(textOf(item)) + 1;
    if (part.length > 0 && sizeBytes + itemBytes > MAX_REQUEST_BYTES) {
      parts.push(part);
      part = [];
      sizeBytes = frameBytes;
    }
    part.push(item);
    sizeBytes += itemBytes;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
