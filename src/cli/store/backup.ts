import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { homeOption, jsonOption } from '../home-option.ts';
import { print, printJson } from '../output.ts';

const HELP = `
The copy is compressed and appears in backup/db when it is whole. Old copies are not removed.

Examples:
  $ muster store backup --home /var/ossec
`;

/** The whole database is copied and compressed. */
const BACKUP_TIMEOUT_MS = 600_000;

/** `muster store backup`: a copy of the database of agents. */
export function backupCommand(): Command {
  return new Command('backup')
    .summary('write a copy of the database of agents')
    .description('Writes a compressed copy of the database of agents, while it is in use.')
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async ({ home, json }: { home: string; json?: true }) => {
      const { withStore } = await import('../with-store.ts');
      const path = await withStore(home, (store) => store.backup(), { timeoutMs: BACKUP_TIMEOUT_MS });
      if (json) printJson({ path });
      else print(`Written: ${join(resolve(home), path)}`);
    });
}
