import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { homeOption, jsonOption } from './home-option.ts';
import { print } from './output.ts';

interface LogsOptions {
  home: string;
  follow: boolean;
  lines: number;
  json?: true;
}

const DEFAULT_LINES = 20;
const MAX_LINES = 100_000;

const HELP = `
It is the file logs/cluster.log, whether the node runs or not. A file that is put away or opened anew meanwhile is followed.
With --json each line is an object: time, level, tags, message; a line that is none of the log has the message alone.

Examples:
  $ muster logs --home /var/ossec
  $ muster logs -f --home /var/ossec
  $ muster logs -n 1000 --json --home /var/ossec
`;

/** `muster logs`: what the node has logged. */
export function logsCommand(): Command {
  return new Command('logs')
    .summary('show the log of a node, and follow it')
    .description('Shows the last lines of the log of a node.')
    .option('-f, --follow', 'go on with the lines that come, until it is interrupted', false)
    .option('-n, --lines <n>', 'how many lines', lineCount, DEFAULT_LINES)
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async ({ home, follow, lines, json }: LogsOptions) => {
      const { LogReader } = await import('./log-reader.ts');
      const reader = new LogReader(resolve(home));
      const show = (line: string) => print(json ? JSON.stringify(parseLogLine(line)) : line);
      for (const line of await reader.last(lines)) show(line);
      if (!follow) return;
      const ended = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
      await reader.follow(show, ended.signal);
    });
}

const LINE = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d) ([A-Z\d]+): \[(.*?)\] \[(.*?)\] (.*)$/;

/** A line of the log, taken apart; the time is local to the node, as it stands there. */
export function parseLogLine(line: string): object {
  const [, year, month, day, time, level = '', tag, subtag, message] = LINE.exec(line) ?? [];
  if (year === undefined) return { message: line };
  return { time: `${year}-${month}-${day}T${time}`, level: level.toLowerCase(), tag, subtag, message };
}

function lineCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= MAX_LINES) return value;
  throw new InvalidArgumentError(`A whole number up to ${MAX_LINES} is needed.`);
}
