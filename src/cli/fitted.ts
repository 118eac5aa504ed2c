const DEFAULT_COLUMNS = 120;

/** Cut to the width of the terminal: lines that are too long would wrap, and the tables with them. */
export function fitted(page: string): string {
  const columns = process.stdout.columns ?? DEFAULT_COLUMNS;
  return page
    .split('\n')
    .map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line))
    .join('\n');
}
