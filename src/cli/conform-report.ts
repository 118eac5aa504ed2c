import { type ConformReport, type PathReport, titleOf } from '../conform/conform.ts';
import { differences } from '../conform/differences.ts';
import { print, printable, table } from './output.ts';

const DOCUMENTS = { muster: 'docs/protocol.md', wazuh4: 'docs/compatibility.md' } as const;

/** A report for people: what departs in full, everything else in numbers. */
export function tell(report: ConformReport): void {
  const { paths, notWalked, lost } = report;
  print(printable(whoOf(report)));
  print(`\n${table(['MACHINE', 'PATHS', 'CONFORM', 'OTHERWISE', 'DEPART'], rowsOf(paths))}`);
  const otherwise = paths.filter(({ outcome }) => outcome === 'otherwise');
  if (otherwise.length > 0)
    print('\nIt did otherwise, as it may, so that these could not be walked to their end:');
  for (const { machine, steps, got } of otherwise) print(printable(`  - ${titleOf(machine, steps)}: ${got}`));
  for (const path of paths.filter(({ outcome }) => outcome === 'departs'))
    print(`\n${describe(path, report)}`);
  if (notWalked.length > 0) print('\nNot walked:');
  for (const { machine, steps, why } of notWalked) print(printable(`  - ${titleOf(machine, steps)}: ${why}`));
  const shown = new Set(paths.flatMap((path) => path.differences));
  if (shown.size > 0) print('\nWhere implementations may differ, this one');
  for (const name of shown) print(`  - ${differences[name] ?? name} (${name})`);
  if (lost !== null) print(printable(`\nIt came to no end: ${lost}.`));
  const departing = paths.filter(({ outcome }) => outcome === 'departs').length;
  print(
    departing === 0 && lost === null
      ? `\nEverything conforms: ${paths.length} paths.`
      : `\n${departing} of ${paths.length} paths depart from the model.`,
  );
}

function whoOf({ role, dialect, address, master, worker, workerVersion }: ConformReport): string {
  return role === 'master'
    ? `${master.name} at ${address}, version ${master.version}, as ${worker} by the dialect ${dialect}`
    : `${worker}, version ${workerVersion}, as ${master.name} at ${address} by the dialect ${dialect}`;
}

function rowsOf(paths: readonly PathReport[]): string[][] {
  const count = (some: readonly PathReport[], outcome: PathReport['outcome']) =>
    String(some.filter((path) => path.outcome === outcome).length);
  return [...Map.groupBy(paths, ({ machine }) => machine)].map(([machine, some]) => [
    machine,
    String(some.length),
    count(some, 'conforms'),
    count(some, 'otherwise'),
    count(some, 'departs'),
  ]);
}

function describe(
  { outcome, machine, steps, at, expected, got, sections }: PathReport,
  report: ConformReport,
) {
  const step = at === null ? '' : (steps[at - 1] ?? (at === 0 ? 'before the first' : 'behind the last'));
  const lines = [
    `${outcome === 'departs' ? 'departs' : 'does otherwise'}: ${titleOf(machine, steps)}`,
    `  step ${at} (${step})`,
    `  expected: ${expected.join(', or ')}`,
    `  got:      ${got}`,
  ];
  if (sections !== null)
    lines.push(`  see:      ${DOCUMENTS[report.dialect]}, “${sections[report.dialect]}”`);
  return lines.map(printable).join('\n');
}
