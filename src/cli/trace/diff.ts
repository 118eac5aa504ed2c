import { Command } from 'commander';
import { ExitCode } from '../exit-code.ts';
import { print } from '../output.ts';
import { tellCut } from './tell-cut.ts';

const HELP = `
Times and numbers are left out; actors are compared by their names and in the order in which they came.
Exit code 0: nothing differs. 1: something does.
`;

/** `muster trace diff`: where machines went another way. */
export function diffTraceCommand(): Command {
  return new Command('diff')
    .summary('compare how machines went in two recordings')
    .description('Compares the states through which each machine went in two recordings.')
    .argument('<one>', 'a recording')
    .argument('<other>', 'another one')
    .addHelpText('after', HELP)
    .action(async (one: string, other: string) => {
      const { readRecording } = await import('../../inspect/read-recording.ts');
      const { timelines } = await import('../../inspect/timeline.ts');
      const { differences } = await import('../../inspect/compare-timelines.ts');
      const found = differences(
        timelines(readRecording(one, tellCut)),
        timelines(readRecording(other, tellCut)),
      );
      for (const line of found) print(line);
      if (found.length === 0) print('No machine went another way.');
      else process.exitCode = ExitCode.failed;
    });
}
