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
  const parts = columns.map(({ name, isNumber }, index) => {
    const column = `\`${name}\``;
    const value = isNumber ? `CAST(${column} AS INTEGER)` : `json_quote(CAST(${column} AS TEXT))`;
    return index === 0
      ? `'{"${name}":', ${value}`
      : `',"${name}":' || iif(${column} IS NULL, NULL, ${value})`;
  });
  const added = Object.entries(more).map(([name, value]) => `',"${name}":' || ${value}`);
  return `concat(${[...parts, ...added].join(', ')}, '}')`;
}
