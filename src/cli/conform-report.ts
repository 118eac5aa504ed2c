import { type ConformReport, type PathReport, titleOf } from '../conform/conform.ts';
import { differences } from '../conform/differences.ts';
import { print, printable, table } from './output.ts';

const DOCUMENTS = { muster: 'docs/protocol.md', wazuh4: 'docs/compatibility.md' } as const;

const LEGEND = `CONFORM: every step was as the path says. OTHERWISE: it took another way that the model allows.
DEPART: it did what the model does not allow, or nothing in time.`;

/** A report for people: what departs in full, everything else in numbers. */
export function tell(report: ConformReport): void {
  for (const line of linesOf(report)) print(line);
}

/** The same, before it is printed. */
export function* linesOf(report: ConformReport): Generator<string> {
  const { paths, notWalked, failed, lost, unreached } = report;
  yield printable(whoOf(report));
  yield `\n${table(['MACHINE', 'PATHS', 'CONFORM', 'OTHERWISE', 'DEPART', 'NOT WALKED'], rowsOf(report))}`;
  yield `\n${LEGEND}`;
  const otherwise = paths.filter(({ outcome }) => outcome === 'otherwise');
  if (otherwise.length > 0)
    yield '\nAt these it took another way that the model allows it, so that they could not be walked to their end:';
  for (const { machine, steps, got } of otherwise) yield printable(`  - ${titleOf(machine, steps)}: ${got}`);
  for (const path of paths.filter(({ outcome }) => outcome === 'departs'))
    yield `\n${describe(path, report)}`;
  if (notWalked.length > 0) yield '\nNot walked:';
  for (const { machine, steps, why } of notWalked) yield printable(`  - ${titleOf(machine, steps)}: ${why}`);
  if (failed.length > 0)
    yield '\nAt these the test itself failed, which says nothing of what is tested; it is a fault of muster conform:';
  for (const { machine, steps, why } of failed) yield printable(`  - ${titleOf(machine, steps)}: ${why}`);
  const shown = new Set(paths.flatMap((path) => path.differences));
  if (shown.size > 0) yield '\nWhere implementations may differ, this one';
  for (const name of shown) yield `  - ${differences[name] ?? name} (${name})`;
  if (lost !== null)
    yield printable(
      `\nIt came to no end: ${lost}. The turn of ${unreached.length} paths had not come by then.`,
    );
  yield `\n${verdict(report)}`;
}

/** The last line. What was not walked to its end says nothing about the implementation, and is not counted for it. */
function verdict({ paths, notWalked, failed, lost, unreached, role }: ConformReport): string {
  const count = countOf(paths);
  if (count('departs') > 0 || lost !== null) {
    const told = `${count('departs')} of ${paths.length} paths depart from the model`;
    return lost === null ? `${told}.` : `${told}, and ${unreached.length} were not walked.`;
  }
  if (count('conforms') === 0)
    return `No path was walked to its end: whether this ${role} conforms is not known.`;
  if (failed.length > 0)
    return `Nothing departs from the model, but on ${failed.length} paths the test itself failed: see above.`;
  const left = [
    count('otherwise') > 0 ? `${count('otherwise')} were left where it did otherwise` : null,
    notWalked.length > 0 ? `${notWalked.length} were not walked` : null,
  ].filter((part) => part !== null);
  const rest = left.length === 0 ? '' : ` Of the others ${left.join(', and ')}: see above.`;
  return `Nothing departs from the model: ${count('conforms')} paths conform to their end.${rest}`;
}

const countOf = (paths: readonly PathReport[]) => (outcome: PathReport['outcome']) =>
  paths.filter((path) => path.outcome === outcome).length;

function whoOf({ role, dialect, address, master, worker, workerVersion }: ConformReport): string {
  return role === 'master'
    ? `${master.name} at ${address}, version ${master.version}, as ${worker} by the dialect ${dialect}`
    : `${worker}, version ${workerVersion}, as ${master.name} at ${address} by the dialect ${dialect}`;
}

function rowsOf({ paths, notWalked, failed, unreached }: ConformReport): string[][] {
  const unknown = [...notWalked, ...failed, ...unreached];
  const machines = new Set([...paths, ...unknown].map(({ machine }) => machine));
  return Array.from(machines, (id) => {
    const walked = paths.filter(({ machine }) => machine === id);
    const count = countOf(walked);
    const left = unknown.filter(({ machine }) => machine === id).length;
    return [id, walked.length, count('conforms'), count('otherwise'), count('departs'), left].map(String);
  });
}

/** Where it departs: the place in the chart, what the chart allows there, and what came instead. */
function describe(path: PathReport, { dialect }: ConformReport): string {
  const { machine, steps, expected, got, state, allowed, sections } = path;
  const lines = [
    `departs: ${titleOf(machine, steps)}`,
    `  where:    ${stepOf(path)}, in the state ${state}`,
    ...allowed.map((transition, index) => `  ${index === 0 ? 'allowed: ' : '         '} ${transition}`),
    `  expected: ${expected.join(', or ')}`,
    `  got:      ${got}`,
  ];
  if (sections !== null) lines.push(`  see:      ${DOCUMENTS[dialect]}, “${sections[dialect]}”`);
  lines.push(`  picture:  muster machines ${machine} --svg`);
  return lines.map(printable).join('\n');
}

function stepOf({ at, steps }: PathReport): string {
  if (at === null || at === 0) return 'before the first step';
  const step = steps[at - 1];
  return step === undefined ? 'behind the last step' : `step ${at}, ${step}`;
}
