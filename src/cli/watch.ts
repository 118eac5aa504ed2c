import { Command, InvalidArgumentError } from 'commander';
import { homeOption, jsonOption } from './home-option.ts';

interface WatchOptions {
  home: string;
  interval: number;
  json?: true;
}

const DEFAULT_INTERVAL_S = 1;
const MAX_INTERVAL_S = 3_600;

const HELP = `
On a terminal the table is drawn anew in place; elsewhere it comes again and again. With --json each look at the cluster is
one line. A node that does not answer stands there as such, and the others are told all the same.

Examples:
  $ muster watch --home /var/ossec
  $ muster watch --home /var/ossec --interval 10 --json
`;

/** `muster watch`: how the cluster is, as it goes on. */
export function watchCommand(): Command {
  return new Command('watch')
    .summary('watch the nodes of the cluster')
    .description('Shows the nodes of the cluster and their agents, again and again, until it is interrupted.')
    .option('--interval <seconds>', 'between two looks', seconds, DEFAULT_INTERVAL_S)
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async ({ home, interval, json }: WatchOptions) => {
      const { watchCluster } = await import('./watch-cluster.ts');
      const ended = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
      await watchCluster(home, { intervalMs: interval * 1000, asJson: json ?? false, signal: ended.signal });
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= MAX_INTERVAL_S) return value;
  throw new InvalidArgumentError(`A number of seconds up to ${MAX_INTERVAL_S} is needed.`);
}
