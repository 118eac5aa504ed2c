import { Command } from 'commander';
import { addCommand } from './agents/add.ts';
import { groupCommand } from './agents/group.ts';
import { listCommand } from './agents/list.ts';
import { removeCommand } from './agents/remove.ts';
import { showCommand } from './agents/show.ts';
import { simulateCommand } from './agents/simulate.ts';

const HELP = `
They ask the agent store that the running node of the home serves at queue/db/wdb. Agents are registered, removed and put
into groups on the master; its workers follow.

Examples:
  $ muster agents list --home /var/ossec --status disconnected
  $ muster agents add web-01 --home /var/ossec --group web
  $ muster agents group 001 --home /var/ossec --add db
`;

/** `muster agents`: who is registered, and in which groups. */
export function agentsCommand(): Command {
  const command = new Command('agents')
    .summary('list, register, remove, group and play agents')
    .description('Lists, registers and removes agents, puts them into groups, and plays them.')
    .addHelpText('after', HELP);
  for (const verb of [
    listCommand(),
    showCommand(),
    addCommand(),
    removeCommand(),
    groupCommand(),
    simulateCommand(),
  ]) {
    command.addCommand(verb);
  }
  return command;
}
