import { readFileSync, writeFileSync } from 'node:fs';
import type { BenchRecord, Entry } from './record.ts';
import type { Scenario } from './scenario.ts';
import { HEAD, LOOP_GOAL_MS, LOOP_HEAD, PRIMITIVES_HEAD } from './table.ts';

const PAGE = new URL('../../docs/benchmarks.md', import.meta.url);
const MEASURED = /<!-- measured:bench -->[\s\S]*<!-- \/measured:bench -->/;
const RUNS_HEAD = ['work', 'measured on', 'commit', 'load before', 'runs', 'the original', 'machine'];

/** Puts the tables between the marks of docs/benchmarks.md, in the order of the scenarios. */
export function writeDocs(record: BenchRecord, scenarios: readonly Scenario[]): void {
  const page = readFileSync(PAGE, 'utf8');
  if (!MEASURED.test(page)) throw new Error('docs/benchmarks.md has no place for the tables');
  const entries = scenarios.flatMap(({ name, title }) => {
    const entry = record.entries[name];
    return entry === undefined ? [] : [{ title, entry }];
  });
  const tables = [
    markdown(
      HEAD,
      entries.flatMap(({ entry }) => entry.rows),
    ),
    `Event-loop delay; the goal is a 99th percentile of at most ${LOOP_GOAL_MS} ms on both sides.`,
    markdown(
      LOOP_HEAD,
      entries.flatMap(({ entry }) => entry.loopRows),
    ),
    'What the same machine can do:',
    markdown(PRIMITIVES_HEAD, record.primitives),
    'When each was measured:',
    markdown(
      RUNS_HEAD,
      entries.map(({ title, entry }) => runCells(title, entry)),
    ),
  ].join('\n\n');
  const section = `<!-- measured:bench -->\n\n${tables}\n\n<!-- /measured:bench -->`;
  writeFileSync(
    PAGE,
    page.replace(MEASURED, () => section),
  );
}

function runCells(title: string, entry: Entry): string[] {
  const { measuredOn, commit, load, repetitions, hasOriginal, machine } = entry;
  const original = hasOriginal ? 'in turn with Muster' : 'of another day';
  return [title, measuredOn, commit, load, String(repetitions), original, machine];
}

function markdown(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
