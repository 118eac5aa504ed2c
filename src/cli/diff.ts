import { Command } from 'commander';
import type { ReplyOf } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import { ExitCode } from './exit-code.ts';
import { homeOption, jsonOption } from './home-option.ts';
import { print, printable, printJson } from './output.ts';
import { tellSlow } from './tell-slow.ts';

type NodeDiff = ReplyOf<'get_diff'>['nodes'][string];

const HELP = `
The exit code is 0 if nothing would change, 1 if something would, or if a node could not be compared.

Examples:
  $ muster diff --home /var/ossec                # all workers, if asked on the master
  $ muster diff --home /var/ossec worker1
`;

/** Every node looks at all its files first. */
const DIFF_TIMEOUT_MS = 120_000;

/** `muster diff`: what a sync would do. It changes nothing. */
export function diffCommand(): Command {
  return new Command('diff')
    .summary('tell what a sync would change, and change nothing')
    .description('Tells what a sync would create, update and delete on workers, and why. Changes nothing.')
    .argument('[node]', 'one worker; without it all connected ones')
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (node: string | undefined, options: { home: string; json?: true }) => {
      const { localRequest } = await import('../local/client.ts');
      // One that does not answer this answers nothing, and is not waited for so long.
      await localRequest(options.home, 'get_status', {});
      const comparing = localRequest(
        options.home,
        'get_diff',
        { node: node ?? null },
        { timeoutMs: DIFF_TIMEOUT_MS },
      );
      const reply = await tellSlow('nodes to look at all their files', DIFF_TIMEOUT_MS, comparing);
      if (options.json) printJson(withMessages(reply));
      else print(describeDiff(reply));
      if (!Object.values(reply.nodes).every(isEqual)) process.exitCode = ExitCode.failed;
    });
}

/** Between nodes an error travels without its text: whoever reads the JSON need not have the table of codes. */
function withMessages({ nodes }: ReplyOf<'get_diff'>): object {
  const told = Object.entries(nodes).map(([name, { error, ...diff }]) => [
    name,
    { ...diff, error: error ? { ...error, message: MusterError.fromWire(error).message } : null },
  ]);
  return { nodes: Object.fromEntries(told) };
}

function isEqual(diff: NodeDiff): boolean {
  return !diff.error && diff.missing.length + diff.shared.length + diff.extra.length === 0;
}

/** One paragraph a node. */
export function describeDiff(reply: ReplyOf<'get_diff'>): string {
  const nodes = Object.entries(reply.nodes);
  if (nodes.length === 0) return 'No worker is connected: there is nothing to compare.';
  return nodes.map(([name, diff]) => describeNode(name, diff)).join('\n\n');
}

function describeNode(name: string, diff: NodeDiff): string {
  if (diff.error) {
    return `${name}: could not be compared. ${MusterError.fromWire(diff.error).toLog()}`;
  }
  if (isEqual(diff)) return `${name}: in step; a sync would change nothing.`;
  const { missing, shared, extra } = diff;
  const head = `${name}: a sync would create ${missing.length}, update ${shared.length} and delete ${extra.length} files.`;
  return [
    head,
    ...lines('create', missing, diff, 'only on the master'),
    ...lines('update', shared, diff, 'content differs'),
    ...lines('delete', extra, diff, 'not on the master'),
  ].join('\n');
}

function lines(verb: string, paths: readonly string[], diff: NodeDiff, usual: string): string[] {
  return [...paths]
    .sort()
    .map((path) => `  ${verb}  ${printable(`${path}  (${diff.reasons?.[path] ?? usual})`)}`);
}
