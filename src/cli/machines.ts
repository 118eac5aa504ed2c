import { Command, Option } from 'commander';
import { UsageError } from './exit-code.ts';
import { jsonOption } from './home-option.ts';
import { print, printJson, table } from './output.ts';

interface MachinesOptions {
  svg?: true;
  mermaid?: true;
  json?: true;
}

const HELP = `
The pictures are those of docs/machines, which are made from the machines and compared with them by every test run. JSON is
the configuration of a chart, as XState and Stately Studio read it, with actions, guards and effects by their names.
What runs in a node can be watched: see \`muster node --inspect\`.

Examples:
  $ muster machines                                        # which there are
  $ muster machines integrity-permission --svg > lock.svg
  $ muster machines integrity-permission --mermaid
  $ muster machines integrity-permission --json
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
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action((id: string | undefined, options: MachinesOptions) =>
      id === undefined ? list(options) : show(id, options),
    );
}

async function list({ svg, mermaid, json }: MachinesOptions): Promise<void> {
  if (svg || mermaid) throw new UsageError('--svg and --mermaid want the id of a machine');
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

async function show(id: string, { mermaid, json }: MachinesOptions): Promise<void> {
  const { machineChart, machineConfig } = await import('../inspect/machines.ts');
  const shown = json ? machineConfig(id) : machineChart(id, mermaid ? 'mermaid' : 'svg');
  if (shown === null) throw new UsageError(`there is no machine ${id}: see \`muster machines\``);
  if (typeof shown === 'string') print(shown);
  else printJson(shown);
}
