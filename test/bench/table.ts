import Table from 'cli-table3';
import type { PrimitiveResult } from './primitives.ts';
import { type FigureResult, isLowerBound, type ScenarioResult } from './results.ts';
import type { Unit } from './scenario.ts';

export const HEAD = ['work', 'figure', 'Muster', 'least … most', 'original', 'ratio', 'goal', ''];
export const LOOP_HEAD = [
  'event-loop delay, ms',
  'master, p99',
  'with a processor',
  'max',
  'worker, p99',
  'with a processor',
  'max',
  '',
];
export const PRIMITIVES_HEAD = ['what this machine can do, one thread', ''];
/** Goal for both sides in every scenario, milliseconds. */
export const LOOP_GOAL_MS = 50;

/** The table of figures, row by row, as texts. */
export function rows(results: readonly ScenarioResult[]): string[][] {
  return results.flatMap(({ scenario, figures }) =>
    figures.map((result, i) => [i === 0 ? scenario.title : '', ...figureCells(result)]),
  );
}

/** The table of event-loop delays. */
export function loopRows(results: readonly ScenarioResult[]): string[][] {
  return results.map(({ scenario, loop: { master, worker } }) => [
    scenario.title,
    ...[master, worker]
      .flatMap(({ p99Ms, ownP99Ms, maxMs }) => [p99Ms, ownP99Ms, maxMs])
      .map((ms) => ms.toFixed(1)),
    verdict(Math.max(master.p99Ms, worker.p99Ms) <= LOOP_GOAL_MS),
  ]);
}

/** The table of what the machine can do. */
export function primitiveRows(primitives: readonly PrimitiveResult[]): string[][] {
  return primitives.map(({ title, value, unit }) => [title, `${digits(value)} ${unit}`]);
}

/** All tables for a terminal. */
export function renderTables(
  results: readonly ScenarioResult[],
  primitives: readonly PrimitiveResult[],
): string {
  const style = { head: [], border: [], compact: true };
  const figures = new Table({
    head: HEAD,
    style,
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'left'],
  });
  figures.push(...rows(results));
  const loop = new Table({
    head: LOOP_HEAD,
    style,
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
  });
  loop.push(...loopRows(results));
  const machine = new Table({ head: PRIMITIVES_HEAD, style, colAligns: ['left', 'right'] });
  machine.push(...primitiveRows(primitives));
  const shown = primitives.length > 0 ? `${machine}\n` : '';
  return `${shown}${figures}\n${loop}\nGoal of the event-loop delay: 99th percentile ≤ ${LOOP_GOAL_MS} ms on both sides.`;
}

function figureCells({ figure, median, min, max, original, limit, isMet }: FigureResult): string[] {
  const { unit } = figure;
  return [
    figure.title,
    withUnit(median, unit),
    `${digits(min)} … ${digits(max)}`,
    original === null ? '' : withUnit(original, unit),
    original === null || original === 0 ? '' : (median / original).toFixed(2),
    limit === null ? '' : `${isLowerBound(figure) ? '≥' : '≤'} ${withUnit(limit, unit)}`,
    isMet === null ? '' : verdict(isMet),
  ];
}

const verdict = (isMet: boolean) => (isMet ? 'met' : 'NOT MET');
const withUnit = (value: number, unit: Unit) => `${digits(value)} ${unit}`.trim();

/** Three digits that count, and all before the point. */
function digits(value: number): string {
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(3, Math.max(0, 2 - size)));
}
