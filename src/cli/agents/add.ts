import { Command } from 'commander';
import { homeOption, jsonOption } from '../home-option.ts';
import { print, printJson } from '../output.ts';
import { agentId, formatAgentId, texts } from './agent-id.ts';

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
      const agent = await register(home, { name, ip, ...(id !== undefined && { id }) }, group);
      const shownId = formatAgentId(agent.id);
      if (json) return printJson({ id: shownId, name: agent.name, ip: agent.ip, groups: group });
      const where = group.length === 0 ? '' : `, in ${group.join(', ')}`;
      print(`Agent ${shownId}, ${agent.name}, is registered${where}.`);
    });
}
