import { readFileSync, writeFileSync } from 'node:fs';

export interface Survivor {
  readonly place: string;
  readonly operator: string;
  readonly what: string;
  /** Why it is no wrong; null where nobody has said so. */
  readonly why: string | null;
}

export interface MachineScore {
  readonly id: string;
  readonly file: string;
  readonly mutants: number;
  /** Found by the table of what the machine does, and by nothing else. */
  readonly byTable: number;
  readonly survivors: readonly Survivor[];
  /** Of all trials, one after the other. */
  readonly tookMs: number;
}

const PAGE = new URL('../../docs/testing.md', import.meta.url);
const MEASURED = /<!-- measured:mutation -->[\s\S]*<!-- \/measured:mutation -->/;
const PERCENT = 100;
const MS_IN_MINUTE = 60_000;

/** The scores as tables in Markdown: machine by machine, then the survivors. `isQuick`: without the tests of whole nodes. */
export function pageOf(scores: readonly MachineScore[], isQuick: boolean): string {
  const all = sumOf(scores);
  const rows = scores.map((score) => rowOf(`\`${score.file}\``, sumOf([score])));
  const survivors = scores.flatMap(({ id, survivors: left }) =>
    left.map(
      ({ place, operator, what, why }) =>
        `| ${id} | \`${place}\` | ${operator} | ${what} | ${why ?? '**not explained**'} |`,
    ),
  );
  const minutes = (scores.reduce((sum, { tookMs }) => sum + tookMs, 0) / MS_IN_MINUTE).toFixed(1);
  const tests = isQuick ? 'the tests of machines alone' : 'the tests of machines, then those of whole nodes';
  const tables = [
    [`${all.mutants} mutants in ${minutes} minutes, if one is tried after the other, with ${tests}.`],
    [
      '| machine | mutants | found | share | by its table alone | explained | left |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...rows,
      rowOf('**all**', all),
    ],
    survivors.length === 0
      ? []
      : [
          '| machine | place | operator | what | why no test finds it |',
          '| --- | --- | --- | --- | --- |',
          ...survivors,
        ],
  ];
  return tables
    .map((lines) => lines.join('\n'))
    .filter(Boolean)
    .join('\n\n')
    .trimEnd();
}

/** Puts the tables between the marks of docs/testing.md. */
export function writeDocs(scores: readonly MachineScore[], isQuick: boolean): void {
  const page = readFileSync(PAGE, 'utf8');
  if (!MEASURED.test(page)) throw new Error('docs/testing.md has no place for the tables');
  const section = `<!-- measured:mutation -->\n\n${pageOf(scores, isQuick)}\n\n<!-- /measured:mutation -->`;
  writeFileSync(
    PAGE,
    page.replace(MEASURED, () => section),
  );
}

interface Sum {
  mutants: number;
  found: number;
  byTable: number;
  explained: number;
}

function sumOf(scores: readonly MachineScore[]): Sum {
  const mutants = scores.reduce((sum, score) => sum + score.mutants, 0);
  const survivors = scores.flatMap((score) => score.survivors);
  const excused = survivors.filter(({ why }) => why !== null).length;
  const byTable = scores.reduce((sum, score) => sum + score.byTable, 0);
  return { mutants, found: mutants - survivors.length, byTable, explained: excused };
}

function rowOf(name: string, { mutants, found, byTable, explained }: Sum): string {
  const share = mutants === 0 ? '' : `${(Math.floor((found / mutants) * PERCENT * 10) / 10).toFixed(1)} %`;
  return `| ${name} | ${mutants} | ${found} | ${share} | ${byTable} | ${explained} | ${mutants - found - explained} |`;
}
