import { Command } from 'commander';
import { homeOption, jsonOption } from '../home-option.ts';
import { duration, print, printable, printJson } from '../output.ts';
import { agentId, formatAgentId } from './agent-id.ts';
import type { OneAgent } from './one-agent.ts';

interface ShowOptions {
  home: string;
  key: boolean;
  json?: true;
}

const HELP = `
Everything that the agent store knows of it, under the names of its columns. The key is a secret: it is shown only if it
is asked for.

Examples:
  $ muster agents show 001 --home /var/ossec
  $ muster agents show 001 --home /var/ossec --key --json
`;

/** Columns with seconds since the epoch. */
const TIMES = ['date_add', 'last_keepalive', 'disconnection_time'];

/** `muster agents show`: everything of one agent. */
export function showCommand(): Command {
  return new Command('show')
    .summary('show an agent')
    .description('Shows everything that is known of an agent.')
    .argument('<id>', 'its id', agentId)
    .option('--key', 'its key, too', false)
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (id: number, { home, key, json }: ShowOptions) => {
      const { readAgent } = await import('./one-agent.ts');
      const agent = await readAgent(home, id, { withKey: key });
      if (json) printJson({ ...agent.columns, id: formatAgentId(id), labels: agent.labels });
      else print(describe(agent, Date.now() / 1000));
    });
}

function describe({ columns, labels }: OneAgent, nowS: number): string {
  const facts = Object.entries(columns).map(([name, value]) => [name, shown(name, value, nowS)]);
  for (const [key, value] of Object.entries(labels)) facts.push(['label', `${key}: ${value}`]);
  return facts.map(([name = '', value = '']) => printable(`${name.padEnd(NAME_CHARS)}${value}`)).join('\n');
}

const NAME_CHARS = 21;

function shown(name: string, value: string | number, nowS: number): string {
  if (name === 'id') return formatAgentId(Number(value));
  if (!TIMES.includes(name)) return String(value);
  const timeS = Number(value);
  return timeS === 0 ? '—' : `${new Date(timeS * 1000).toISOString()}, ${duration(nowS - timeS)} ago`;
}
