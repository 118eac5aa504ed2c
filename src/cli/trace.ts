import { Command } from 'commander';
import { diffTraceCommand } from './trace/diff.ts';
import { showTraceCommand } from './trace/show.ts';
import { timelineCommand } from './trace/timeline.ts';
import { verifyCommand } from './trace/verify.ts';

const HELP = `
A recording is made by \`muster node --record [file]\`. It keeps the last 32 to 64 MiB, in the file and in one beside it
that ends in .1; both are read. What stands there when a node starts is kept: machines.previous-1.trace is its life
before, and so on to -3.

Examples:
  $ muster node --home /var/ossec --record                     # to logs/machines.trace
  $ muster trace show /var/ossec/logs/machines.trace
  $ muster trace show /var/ossec/logs/machines.previous-1.trace
  $ muster trace verify /var/ossec/logs/machines.trace
`;

/** `muster trace`: what machines did, as it was recorded. */
export function traceCommand(): Command {
  return new Command('trace')
    .summary('read recordings of machines, and verify them')
    .description('Reads recordings of what the machines and frames of a node did.')
    .addHelpText('after', HELP)
    .addCommand(showTraceCommand())
    .addCommand(timelineCommand())
    .addCommand(verifyCommand())
    .addCommand(diffTraceCommand());
}
