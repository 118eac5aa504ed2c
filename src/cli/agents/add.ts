import { Command } from 'commander';
import { homeOption, jsonOption } from '../home-option.ts';
import { print, printJson } from '../output.ts';
import { tellWarning } from '../tell-warning.ts';
import { agentId, formatAgentId, texts } from './agent-id.ts';
import type { Registered } from './register.ts';

interface AddOptions {
  home: string;
  ip: string;
  group?: string[];
  id?: number;
  json?: true;
}

const HELP = `
The agent gets a new key, a line in etc/client.keys and a row in the agent store. Names, addresses and ids are unique; an
id is not used again when its agent is removed. The daemon that serves queue/sockets/auth registers it, if there is one: on
a worker it passes the question on to its master.

Exit code 1 with an agent on standard output: it is registered and has its key, but is not, or not whole, in the agent store
yet; \`warning\` of --json says why, and what becomes of it.

Examples:
  $ muster agents add web-01 --home /var/ossec
  $ muster agents add db-01 --home /var/ossec --ip 10.0.0.5 --group db --group default
  $ muster agents show 001 --home /var/ossec --key      # the key that the agent needs
`;

/** `muster agents add`: registers an agent. */
export function addCommand(): Command {
  return new Command('add')
    .summary('register an agent')
    .description('Registers an agent, on the master.')
    .argument('<name>', 'letters, digits, dots, underscores and dashes')
    .option('--ip <address>', 'the only address, or network, that it may connect from', 'any')
    .option(
      '--group <name>',
      'a group that it gets into; may be given several times, the first has priority',
      texts,
    )
    .option('--id <n>', 'its id (default: the next one)', agentId)
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (name: string, { home, ip, id, group = [], json }: AddOptions) => {
      const { register } = await import('./register.ts');
      const registered = await register(home, { name, ip, ...(id !== undefined && { id }) }, group);
      if (json) printJson(shown(registered, group));
      else print(described(registered, group));
      if (registered.warning !== null) tellWarning(registered.warning);
    });
}

/** For programs. In which groups an agent is that is not whole in the store nobody knows. */
function shown({ agent: { id, name, ip }, warning }: Registered, groups: readonly string[]): object {
  const known = { id: formatAgentId(id), name, ip };
  return warning === null ? { ...known, groups } : { ...known, groups: [], warning: warning.toWire() };
}

function described({ agent: { id, name }, warning }: Registered, groups: readonly string[]): string {
  const where = groups.length === 0 ? '' : `, in ${groups.join(', ')}`;
  const how = warning === null ? where : ', but not whole in the agent store';
  return `Agent ${formatAgentId(id)}, ${name}, is registered${how}.`;
}
