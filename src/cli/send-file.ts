import { Command } from 'commander';
import { UsageError } from './exit-code.ts';
import { homeOption, jsonOption } from './home-option.ts';
import { print, printable, printJson } from './output.ts';
import { tellSlow } from './tell-slow.ts';

const HELP = `
The path is one below the home: of a file in tmp, or of one that is synchronised; its group has to be allowed to read it. The
file arrives as queue/cluster/WORKER/sent-NAME below the home of the other node, WORKER being the worker of the two, and stays
there for a day. A worker sends to the master alone.

Examples:
  $ muster send-file tmp/report worker1 --home /var/ossec
  $ muster send-file tmp/report --home /var/ossec         # on a worker: to its master
`;

/** A large file takes its time. */
const TIMEOUT_MS = 600_000;

/** `muster send-file`: one file to another node. */
export function sendFileCommand(): Command {
  return new Command('send-file')
    .summary('send a file to another node')
    .description('Sends a file of this node to another.')
    .argument('<path>', 'below the home')
    .argument('[node]', 'the node that gets it; on a worker it may be left out')
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (path: string, node: string | undefined, { home, json }: { home: string; json?: true }) => {
      const { localRequest } = await import('../local/client.ts');
      const { statusReply } = await import('../local/status-reply.ts');
      const { role } = statusReply.parse(await localRequest(home, 'get_status', {}));
      // By the protocol its node name counts for nothing there, and the file would be told of as sent to that node.
      if (role === 'worker' && node !== undefined)
        throw new UsageError('a worker sends to its master alone: leave the node out');
      const args = { path, node: node ?? null };
      const sending = localRequest(home, 'send_file', args, { timeoutMs: TIMEOUT_MS });
      const reply = await tellSlow(`${node ?? 'the master'} to have the file`, TIMEOUT_MS, sending);
      if (json) printJson({ ...args, ...reply });
      else print(printable(`${path}: ${reply.bytes} bytes sent to ${node ?? 'the master'}.`));
    });
}
