import { Command, Option } from 'commander';
import type { ReplyOf } from '../protocol/commands.ts';
import { errorTable, MusterError } from '../protocol/errors.ts';
import { MAX_NODES } from '../protocol/limits.ts';
import { homeOption, jsonOption } from './home-option.ts';
import { inStepWord, print, printable, printJson, shortDigest, table } from './output.ts';

interface NodesOptions {
  home: string;
  type: 'all' | 'master' | 'worker';
  json?: true;
}

const HELP = `
A worker passes the question on to its master. A worker of Wazuh 4.x tells no digest of its files: it is IN STEP by what its
last check found, and ? stands for one that had none yet.

Examples:
  $ muster nodes --home /var/ossec
  $ muster nodes --home /var/ossec --type worker --json
`;

/** `muster nodes`: who is in the cluster. */
export function nodesCommand(): Command {
  return new Command('nodes')
    .summary('list the connected nodes of the cluster')
    .description('Lists the connected nodes of the cluster, by asking the running daemon of a home.')
    .addOption(homeOption())
    .addOption(new Option('--type <type>', 'which nodes').choices(['all', 'master', 'worker']).default('all'))
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (options: NodesOptions) => {
      const { localRequest } = await import('../local/client.ts');
      const reply = await localRequest(options.home, 'get_nodes', {
        filter_type: options.type,
        limit: MAX_NODES,
      });
      if (options.json) printJson(reply);
      else print(nodesTable(reply));
    });
}

function nodesTable(reply: ReplyOf<'get_nodes'>): string {
  return [tableOf(reply), ...reply.items.flatMap(failingScan)].join('\n');
}

/** Only of the master: workers tell theirs in their own status. */
function failingScan({ name, scanFailure }: ReplyOf<'get_nodes'>['items'][number]): string[] {
  if (scanFailure === undefined) return [];
  const { since, error } = scanFailure;
  const why = MusterError.fromWire(error).toLog();
  const remedy = errorTable[error.code]?.remedy ?? '';
  return ['', printable(`${name} cannot look at its files since ${since}: ${why}. ${remedy}`)];
}

function tableOf(reply: ReplyOf<'get_nodes'>): string {
  return table(
    ['NAME', 'TYPE', 'VERSION', 'ADDRESS', 'DIGEST', 'IN STEP'],
    reply.items.map((node) => [
      node.name ?? '—',
      node.type ?? '—',
      node.version ?? '—',
      node.ip ?? '—',
      shortDigest(node.digest),
      node.inStep === undefined ? '—' : inStepWord(node.inStep),
    ]),
  );
}
