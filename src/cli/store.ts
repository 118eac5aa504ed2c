import { Command } from 'commander';
import { backupCommand } from './store/backup.ts';

const HELP = `
Examples:
  $ muster store backup --home /var/ossec
`;

/** `muster store`: care of the agent store. */
export function storeCommand(): Command {
  return new Command('store')
    .summary('back up the agent store')
    .description('Takes care of the agent store.')
    .addHelpText('after', HELP)
    .addCommand(backupCommand());
}
