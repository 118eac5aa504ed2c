import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { MusterError, type WireError } from '../protocol/errors.ts';
import { fileText } from '../requests/file-text.ts';
import type { ItemsResult } from '../requests/method.ts';
import { UsageError } from './exit-code.ts';
import { homeOption, jsonOption } from './home-option.ts';
import { printJson } from './output.ts';
import { seconds } from './seconds.ts';
import { tellWarning } from './tell-warning.ts';

interface RequestOptions {
  home?: string;
  node?: string[];
  timeout: number;
  list?: true;
}

const DEFAULT_TIMEOUT_S = 10;
const STANDARD_INPUT = 0;

const HELP = `
Methods are what nodes offer to each other; the HTTP API and other commands ask the same. Whichever node is asked, those
answer that can. The answer is printed as JSON; if items of it failed, or something is left to do, that is told on standard
error too, and the exit code is 1.

Examples:
  $ muster request --list
  $ muster request cluster.local_info --home /var/ossec
  $ muster request agents.list '{"status": ["active"], "sort": "-lastKeepAlive", "limit": 5}' --home /var/ossec
  $ muster request node.info --node worker1 --home /var/ossec
  $ muster request files.put - --home /var/ossec < arguments.json
`;

/** `muster request`: any method of the distributed API. */
export function requestCommand(): Command {
  return new Command('request')
    .summary('ask the cluster anything that its nodes offer')
    .description('Asks the cluster through the running daemon of a home, by a method that nodes offer.')
    .argument('[method]', 'its name')
    .argument('[args]', 'its arguments, a JSON object; - reads them from standard input', '{}')
    .option('--node <name...>', 'the nodes that a method about nodes is for; all unless given')
    .option('--timeout <seconds>', 'time for the answer', seconds, DEFAULT_TIMEOUT_S)
    .option('--list', 'list the methods instead')
    .addOption(homeOption().makeOptionMandatory(false))
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (method: string | undefined, args: string, options: RequestOptions) => {
      const { methods } = await import('../requests/methods.ts');
      if (options.list) return printMethods(methods);
      if (method === undefined) throw new UsageError('which method? `muster request --list` names them');
      if (options.home === undefined) throw new UsageError('--home <dir> is missing');
      const text = args === '-' ? fileText('-', readFileSync(STANDARD_INPUT)) : args;
      const { tellFailures, withCluster } = await import('./ask-cluster.ts');
      const answer = await withCluster(options.home, (client) =>
        client.ask(method, objectOf(text), {
          nodes: options.node ?? null,
          timeoutMs: Math.ceil(options.timeout * 1000),
        }),
      );
      printJson(answer);
      // Of what is not about items nothing can fail by itself.
      const { failed = [], warning } = answer as Partial<ItemsResult> & { warning?: WireError };
      tellFailures({ failed });
      if (warning !== undefined) tellWarning(MusterError.fromWire(warning));
    });
}

type Methods = Readonly<Record<string, { type: string; summary: string }>>;

function printMethods(methods: Methods): void {
  printJson(
    Object.fromEntries(Object.entries(methods).map(([name, { type, summary }]) => [name, { type, summary }])),
  );
}

function objectOf(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`the arguments are no JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError('the arguments are no JSON object');
}
