import type { Comparison } from '../agents/agent-query.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_LIST_FIELDS, MAX_QUERY_DEPTH, MAX_QUERY_TERMS } from './limits.ts';
import type { ListArgs } from './list-args.ts';

/** What a query `q` asks for. */
export type QueryExpression =
  | { readonly all: readonly QueryExpression[] }
  | { readonly any: readonly QueryExpression[] }
  | { readonly field: string; readonly comparison: Comparison; readonly value: string };

export interface SortField {
  readonly field: string;
  readonly isDescending: boolean;
}

/** `-status,+name` as fields. Throws 1403. */
export function parseSort(text: string): SortField[] {
  const fields = text.split(',').map((part) => {
    const [, sign, field] = /^([+-]?)(.+)$/.exec(part.trim()) ?? [];
    if (field === undefined) throw new MusterError(1403, `an empty name in ${JSON.stringify(text)}`);
    return { field, isDescending: sign === '-' };
  });
  if (fields.length > MAX_LIST_FIELDS) throw new MusterError(1403, `more than ${MAX_LIST_FIELDS} fields`);
  return fields;
}

/** `text`, or `-text` for items that do not have it. */
export function parseSearch(search: string): { readonly text: string; readonly isContained: boolean } {
  return search.startsWith('-')
    ? { text: search.slice(1), isContained: false }
    : { text: search, isContained: true };
}

const TERM = /([\w.-]+)(!=|[=<>~])([^;,()]*)/y;

/** Reads a query `q`; `;` binds stronger than `,`. Throws 1407 with the place at which it cannot be read. */
export function parseQuery(text: string): QueryExpression {
  const reader = new QueryReader(text);
  return reader.read();
}

class QueryReader {
  readonly #text: string;
  #at = 0;
  #terms = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): QueryExpression {
    const expression = this.#any(0);
    if (this.#at < this.#text.length) this.#refuse('`;` or `,` is missing');
    return expression;
  }

  #any(depth: number): QueryExpression {
    const parts = [this.#all(depth)];
    while (this.#takes(',')) parts.push(this.#all(depth));
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { any: parts };
  }

  #all(depth: number): QueryExpression {
    const parts = [this.#operand(depth)];
    while (this.#takes(';')) parts.push(this.#operand(depth));
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { all: parts };
  }

  #operand(depth: number): QueryExpression {
    if (!this.#takes('(')) return this.#term();
    if (depth >= MAX_QUERY_DEPTH) this.#refuse(`more than ${MAX_QUERY_DEPTH} parentheses within each other`);
    const inner = this.#any(depth + 1);
    if (!this.#takes(')')) this.#refuse('`)` is missing');
    return inner;
  }

  #term(): QueryExpression {
    TERM.lastIndex = this.#at;
    const [whole, field = '', comparison, value = ''] = TERM.exec(this.#text) ?? [];
    if (whole === undefined) this.#refuse('a comparison such as `name=web` is missing');
    this.#terms += 1;
    if (this.#terms > MAX_QUERY_TERMS) this.#refuse(`more than ${MAX_QUERY_TERMS} comparisons`);
    this.#at += whole.length;
    return { field, comparison: comparison as Comparison, value: value.trim() };
  }

  #takes(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #refuse(why: string): never {
    throw new MusterError(1407, `${why} at character ${this.#at + 1} of ${JSON.stringify(this.#text)}`);
  }
}

/** What a field of numbers is compared with. Throws 1407. */
export function queryNumber(field: string, value: string): number {
  const number = value === '' ? Number.NaN : Number(value);
  if (Number.isFinite(number)) return number;
  throw new MusterError(1407, `${field} is compared with ${JSON.stringify(value)}, which is no number`);
}

/** The fields among those that there are, or all. Throws 1724. */
export function selectedFields(select: ListArgs['select'], known: readonly string[]): readonly string[] {
  for (const field of select ?? []) checkField(field, known, 1724);
  return select ?? known;
}

/** Throws this code, with the fields that there are, for another one. */
export function checkField(field: string, known: readonly string[], code: 1403 | 1408 | 1724): void {
  if (!known.includes(field)) throw new MusterError(code, `${field}; there are ${known.join(', ')}`);
}
