/** A column whose values are written as JSON. */
export interface TextColumn {
  readonly name: string;
  readonly isNumber: boolean;
}

/**
 * An expression of SQL for a row as JSON: its columns that are not NULL, in this order, the first of which never is and is
 * a number; then what `more` adds, where it is not NULL. Made by SQLite, which has the values at hand: to hand them over
 * one by one, and to write them here, takes three times as long. Whatever type a value has, it becomes the column's.
 */
export function rowJson(columns: readonly TextColumn[], more: Readonly<Record<string, string>> = {}): string {
  const [first, ...others] = columns;
  const beginning = first === undefined ? [] : [`'{"${first.name}":', ${valueJson(first)}`];
  const added = Object.entries(more).map(([name, value]) => `',"${name}":' || ${value}`);
  return `concat(${[...beginning, ...others.map(memberJson), ...added].join(', ')}, '}')`;
}

/** A part of such a row: its column with a comma before it, NULL where there is none. */
export const memberJson = (column: TextColumn): string =>
  `',"${column.name}":' || iif(\`${column.name}\` IS NULL, NULL, ${valueJson(column)})`;

const valueJson = ({ name, isNumber }: TextColumn): string =>
  isNumber ? `CAST(\`${name}\` AS INTEGER)` : `json_quote(CAST(\`${name}\` AS TEXT))`;
