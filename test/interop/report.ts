import { readFileSync, writeFileSync } from 'node:fs';
import { table } from '../../src/cli/output.ts';
import type { Combination } from './combinations.ts';

export type Outcome = 'passed' | 'failed' | { readonly skipped: string };

export interface CheckResult {
  readonly check: string;
  readonly combination: string;
  readonly outcome: Outcome;
  readonly seconds: number;
}

/** What was run: version of the original, commit of Muster, day. */
export interface Circumstances {
  readonly version: string;
  readonly commit: string;
  readonly day: string;
}

const PAGE = new URL('../../docs/compatibility.md', import.meta.url);
const MEASURED = /<!-- measured:interop -->[\s\S]*<!-- \/measured:interop -->/;

const words = (outcome: Outcome) => (typeof outcome === 'string' ? outcome : 'skipped');

function rows(results: readonly CheckResult[], combinations: readonly Combination[]): string[][] {
  const cell = (check: string, combination: string) => {
    const result = results.find((one) => one.check === check && one.combination === combination);
    return result === undefined ? '' : `${words(result.outcome)} (${result.seconds.toFixed(1)} s)`;
  };
  const checks = [...new Set(results.map(({ check }) => check))];
  return checks.map((check) => [check, ...combinations.map(({ name }) => cell(check, name))]);
}

const head = (combinations: readonly Combination[]) => ['check', ...combinations.map(({ name }) => name)];

export const renderReport = (results: readonly CheckResult[], combinations: readonly Combination[]): string =>
  table(head(combinations), rows(results, combinations));

/** Puts the report between the marks of docs/compatibility.md. */
export function writeReport(
  results: readonly CheckResult[],
  combinations: readonly Combination[],
  { version, commit, day }: Circumstances,
): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const title = head(combinations);
  const skipped = results.flatMap(({ check, combination, outcome }) =>
    typeof outcome === 'object' ? [`- ${check}, ${combination}: skipped, ${outcome.skipped}.`] : [],
  );
  const body = [
    `Wazuh ${version} and commit ${commit}, on ${day}:`,
    [line(title), line(title.map(() => '---')), ...rows(results, combinations).map(line)].join('\n'),
    ...(skipped.length > 0 ? [skipped.join('\n')] : []),
  ].join('\n\n');
  const page = readFileSync(PAGE, 'utf8');
  if (!MEASURED.test(page)) throw new Error('docs/compatibility.md has no place for the report');
  const section = `<!-- measured:interop -->\n\n${body}\n\n<!-- /measured:interop -->`;
  writeFileSync(
    PAGE,
    page.replace(MEASURED, () => section),
  );
}
