import { Command } from 'commander';
import { homeOption, jsonOption } from '../home-option.ts';
import { print, printable, printJson } from '../output.ts';
import { agentIds, formatAgentId } from './agent-id.ts';

const HELP = `
Nothing is removed if one of them is not known. Which could not be removed, or not from the store yet, is told with the reason,
and the exit code is 1. Their lines stay in etc/client.keys with a mark, so that their ids are not used again.

Examples:
  $ muster agents remove 001 --home /var/ossec
  $ muster agents remove 12 13 14 --home /var/ossec --json
`;

/** `muster agents remove`: agents that may connect no more. */
export function removeCommand(): Command {
  return new Command('remove')
    .summary('remove agents')
    .description('Removes agents, on the master.')
    .argument('<id...>', 'their ids', agentIds)
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (ids: number[], { home, json }: { home: string; json?: true }) => {
      const { unregister } = await import('./register.ts');
      const { removed, failed } = await unregister(home, ids);
      if (json) printJson([...removed].map(([id, name]) => ({ id: formatAgentId(id), name })));
      else
        for (const [id, name] of removed)
          print(printable(`Agent ${formatAgentId(id)}, ${name}, is removed.`));
      if (failed.length > 0) (await import('../ask-cluster.ts')).tellFailures({ failed });
    });
}
