import { commandNames, commandSpec, type Receiver, type Section, wireError } from './commands.ts';
import { describeSchema, type NamedShape } from './describe-schema.ts';
import { errorTable } from './errors.ts';

export { describeExamples } from './describe-examples.ts';

const receiverWords: Readonly<Record<Receiver, string>> = {
  master: 'master',
  worker: 'worker',
  'local-master': 'local socket of the master',
  'local-worker': 'local socket of a worker',
  'local-client': 'client of a local socket',
};

const sectionTitles: Readonly<Record<Section, string>> = {
  common: 'Common messages',
  cluster: 'Cluster protocol',
  local: 'Local protocol',
  muster: 'Commands that only Muster has',
};

/** In a table cell a bar would end the cell. */
const cell = (text: string) => text.replaceAll('|', '\\|');
const code = (text: string) => (text === '' ? '' : `\`${cell(text)}\``);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function commandRows(section: Section, names: Map<string, NamedShape>): string[][] {
  return commandNames
    .map((name) => ({ name, spec: commandSpec(name) }))
    .filter(({ spec }) => spec.section === section)
    .map(({ name, spec }) => [
      code(name),
      spec.receivers.map((receiver) => receiverWords[receiver]).join(', '),
      code(describeSchema(spec.args, names)),
      code(describeSchema(spec.reply, names)),
      cell(spec.summary),
    ]);
}

/** The table of commands as Markdown, by sections of the specification, and the shapes that it names. */
export function describeCommands(): string {
  const names = new Map<string, NamedShape>();
  const head = ['Command', 'Received by', 'Arguments', 'Reply', 'What it is for'];
  const sections = (Object.keys(sectionTitles) as Section[]).map(
    (section) => `### ${sectionTitles[section]}\n\n${table(head, commandRows(section, names))}`,
  );
  describeSchema(wireError, names);
  const shapes = [...names.values()]
    .sort((a, b) => a.id.localeCompare(b.id, 'en'))
    .map(({ id, shape, description }) => [code(id), code(shape), cell(description)]);
  return [...sections, `### Shapes\n\n${table(['Shape', 'Form', 'What it is'], shapes)}`].join('\n\n');
}

/** The table of error codes as Markdown. */
export function describeErrors(): string {
  const rows = Object.entries(errorTable)
    .map(([number, entry]) => ({ number: Number(number), entry }))
    .sort((a, b) => a.number - b.number)
    .map(({ number, entry }) =>
      [String(number), code(entry.name), entry.text, entry.meaning, entry.remedy].map(cell),
    );
  return table(['Code', 'Name', 'Message', 'When', 'What to do'], rows);
}
