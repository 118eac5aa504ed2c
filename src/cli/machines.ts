import { Command, Option } from 'commander';
import { UsageError } from './exit-code.ts';
import { jsonOption } from './home-option.ts';
import { noSuchMachine } from './machine-paths.ts';
import { print, printJson, table } from './output.ts';

interface MachinesOptions {
  svg?: true;
  mermaid?: true;
  json?: true;
  paths?: true;
  coverage?: string[];
  effects?: true;
}

const HELP = `
The pictures are those of docs/machines, which are made from the machines and compared with them by every test run. JSON is
the configuration of a chart, as XState and Stately Studio read it, with actions, guards and effects by their names.
Paths are those of the picture: what its guards want to know is not asked. Recordings are made by \`muster node --record\`.
What runs in a node can be watched: see \`muster node --inspect\`.

Examples:
  $ muster machines                                        # which there are
  $ muster machines integrity-permission --svg > lock.svg
  $ muster machines integrity-permission --mermaid
  $ muster machines integrity-permission --json
  $ muster machines integrity-permission --paths           # ways that together take every transition
  $ muster machines integrity-check --effects              # what it starts that is no machine
  $ muster machines --coverage logs/machines.trace         # how much of each chart a node has been through
  $ muster machines integrity-check --coverage a.trace b.trace
`;

/** `muster machines`: the charts of what runs in nodes. */
export function machinesCommand(): Command {
  return new Command('machines')
    .summary('show the state machines that run in nodes')
    .description('Lists the state machines that run in nodes, or shows the chart of one.')
    .argument('[id]', 'the machine')
    .addOption(new Option('--svg', 'its picture').conflicts(['mermaid', 'json']))
    .addOption(
      new Option('--mermaid', 'its chart as a text that many readers of Markdown draw').conflicts('json'),
    )
    .addOption(
      new Option('--paths', 'ways from its beginning that together take every transition').conflicts([
        'svg',
        'mermaid',
        'coverage',
      ]),
    )
    .addOption(
      new Option('--coverage <file...>', 'which transitions these recordings have taken').conflicts([
        'svg',
        'mermaid',
      ]),
    )
    .addOption(
      new Option('--effects', 'what it starts that is no machine: what acts on the world').conflicts([
        'svg',
        'mermaid',
        'paths',
        'coverage',
      ]),
    )
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (id: string | undefined, options: MachinesOptions) => {
      if (options.effects) return (await import('./machine-effects.ts')).showEffects(id, options.json);
      if (options.coverage !== undefined) return showCoverage(id, options.coverage, options.json);
      return id === undefined ? list(options) : show(id, options);
    });
}

async function list({ svg, mermaid, paths, json }: MachinesOptions): Promise<void> {
  if (svg || mermaid || paths) throw new UsageError('--svg, --mermaid and --paths want the id of a machine');
  const { machineSummaries } = await import('../inspect/machines.ts');
  const machines = machineSummaries();
  if (json) return printJson(machines);
  const rows = machines.map(({ id, side, states, transitions, title }) => [
    id,
    side,
    String(states),
    String(transitions),
    title,
  ]);
  print(table(['ID', 'RUNS ON', 'STATES', 'TRANSITIONS', 'WHAT IT IS'], rows));
}

async function show(id: string, { mermaid, paths, json }: MachinesOptions): Promise<void> {
  if (paths) return (await import('./machine-paths.ts')).showPaths(id, json);
  const { machineChart, machineConfig } = await import('../inspect/machines.ts');
  const shown = json ? machineConfig(id) : machineChart(id, mermaid ? 'mermaid' : 'svg');
  if (shown === null) throw noSuchMachine(id);
  if (typeof shown === 'string') print(shown);
  else printJson(shown);
}

async function showCoverage(id: string | undefined, files: readonly string[], json?: true): Promise<void> {
  const { showCoverageOf, showCoverageOfAll } = await import('./machine-coverage.ts');
  return id === undefined ? showCoverageOfAll(files, json) : showCoverageOf(id, files, json);
}
