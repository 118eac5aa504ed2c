import { readFileSync, writeFileSync } from 'node:fs';
import { type ConformReport, type PathReport, titleOf } from '../../src/conform/conform.ts';
import { differences } from '../../src/conform/differences.ts';
import type { Kind } from '../interop/cluster.ts';
import { PEER_TIMEOUT_MS } from './patient.ts';

/** What became of one implementation, by one dialect. */
export interface Trial {
  readonly implementation: Kind;
  readonly report: ConformReport;
}

/** What was run: version of the original, commit of Muster, day, and whether time-outs were waited for. */
export interface Circumstances {
  readonly release: string;
  readonly commit: string;
  readonly day: string;
  readonly patient: boolean;
}

const PATIENT = `, and for the paths that wait for time-outs with \`--patient ${PEER_TIMEOUT_MS / 1_000}\``;
const PAGE = new URL('../../docs/conformance.md', import.meta.url);
const MEASURED = /<!-- measured:conform -->[\s\S]*<!-- \/measured:conform -->/;
const DOCUMENTS = { muster: 'protocol.md', wazuh4: 'compatibility.md' } as const;
const OUTCOMES = ['conforms', 'otherwise', 'departs'] as const;

/** Puts the reports between the marks of docs/conformance.md. */
export function writeReports(
  trials: readonly Trial[],
  { release, commit, day, patient }: Circumstances,
): void {
  const body = [
    `Wazuh ${release} and commit ${commit}, on ${day}, with \`--active\`${patient ? PATIENT : ''}:`,
    ...trials.flatMap((trial) => sectionOf(trial, release)),
  ].join('\n\n');
  const page = readFileSync(PAGE, 'utf8');
  if (!MEASURED.test(page)) throw new Error('docs/conformance.md has no place for the reports');
  const section = `<!-- measured:conform -->\n\n${body}\n\n<!-- /measured:conform -->`;
  writeFileSync(
    PAGE,
    page.replace(MEASURED, () => section),
  );
}

function sectionOf({ implementation, report }: Trial, release: string): string[] {
  const { role, dialect, paths } = report;
  const name = implementation === 'muster' ? 'Muster' : `Wazuh ${release}`;
  const shown = [...new Set(paths.flatMap((path) => path.differences))].sort();
  const departing = paths.filter(({ outcome }) => outcome === 'departs');
  return [
    `### A ${role} of ${name}, dialect ${dialect}`,
    tableOf(paths),
    departing.length === 0 ? 'No path departs.' : departing.map((path) => describe(path, report)).join('\n'),
    ...(shown.length === 0
      ? []
      : [
          'Where implementations may differ, this one',
          shown.map((one) => `- ${differences[one]} (\`${one}\`)`).join('\n'),
        ]),
  ];
}

function tableOf(paths: readonly PathReport[]): string {
  const rows = [...Map.groupBy(paths, ({ machine }) => machine), ['all', paths] as const].map(
    ([machine, some]) => [
      machine,
      String(some.length),
      ...OUTCOMES.map((outcome) => String(some.filter((path) => path.outcome === outcome).length)),
    ],
  );
  const lines = [['machine', 'paths', ...OUTCOMES], Array(2 + OUTCOMES.length).fill('---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const describe = ({ machine, steps, at, expected, got, sections }: PathReport, { dialect }: ConformReport) =>
  `- \`${titleOf(machine, steps)}\`, step ${at}: expected ${expected.join(', or ')}; got ${got} (${DOCUMENTS[dialect]}, “${sections?.[dialect]}”).`;
