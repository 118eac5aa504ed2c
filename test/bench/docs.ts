import { readFileSync, writeFileSync } from 'node:fs';
import type { PrimitiveResult } from './primitives.ts';
import type { ScenarioResult } from './results.ts';
import { HEAD, LOOP_GOAL_MS, LOOP_HEAD, loopRows, PRIMITIVES_HEAD, primitiveRows, rows } from './table.ts';

const PAGE = new URL('../../docs/benchmarks.md', import.meta.url);
const MEASURED = /<!-- measured:bench -->[\s\S]*<!-- \/measured:bench -->/;

/** Puts the tables between the marks of docs/benchmarks.md. */
export function writeDocs(
  conditions: string,
  results: readonly ScenarioResult[],
  primitives: readonly PrimitiveResult[],
): void {
  const page = readFileSync(PAGE, 'utf8');
  if (!MEASURED.test(page)) throw new Error('docs/benchmarks.md has no place for the tables');
  const tables = [
    `${conditions}.`,
    markdown(HEAD, rows(results)),
    `Event-loop delay; the goal is a 99th percentile of at most ${LOOP_GOAL_MS} ms on both sides.`,
    markdown(LOOP_HEAD, loopRows(results)),
    'What the same machine can do, measured before the rest:',
    markdown(PRIMITIVES_HEAD, primitiveRows(primitives)),
  ].join('\n\n');
  const section = `<!-- measured:bench -->\n\n${tables}\n\n<!-- /measured:bench -->`;
  writeFileSync(
    PAGE,
    page.replace(MEASURED, () => section),
  );
}

function markdown(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
