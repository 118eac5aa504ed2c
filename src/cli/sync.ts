import { Command } from 'commander';
import { homeOption, jsonOption } from './home-option.ts';
import { print, printable, printJson } from './output.ts';

const HELP = `
Syncs happen by themselves; this is for those who do not want to wait. It asks the nodes and does not wait for their
rounds: \`muster health\` and \`muster nodes\` tell how these ended.

Examples:
  $ muster sync --home /var/ossec
  $ muster sync worker1 --home /var/ossec
`;

/** `muster sync`: a round of integrity now. */
export function syncCommand(): Command {
  return new Command('sync')
    .summary('ask nodes to synchronise their files now')
    .description('Asks the master to look at its files now, and workers to begin an integrity round.')
    .argument('[node]', 'one node; without it all')
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (node: string | undefined, { home, json }: { home: string; json?: true }) => {
      const { askCluster, tellFailures } = await import('./ask-cluster.ts');
      const nodes = node === undefined ? null : [node];
      const result = await askCluster(home, 'node.sync_integrity', {}, { nodes });
      if (json) printJson(result);
      else for (const { name, type } of result.items) print(printable(`${name} (${type}): asked.`));
      tellFailures(result);
    });
}
