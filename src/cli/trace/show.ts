import { Command } from 'commander';
import { jsonOption } from '../home-option.ts';
import { print } from '../output.ts';

interface ShowOptions {
  actor?: string;
  json?: true;
}

/** `muster trace show`: every record, one line each. */
export function showTraceCommand(): Command {
  return new Command('show')
    .summary('show what was recorded, one line a record')
    .description(
      'Shows what was recorded: actors (+), events (>), steps (*), and frames that came (<) and went (=).',
    )
    .argument('<file>', 'the recording')
    .option('--actor <text>', 'only what concerns actors whose name has this text in it')
    .addOption(jsonOption())
    .action(async (file: string, { actor, json }: ShowOptions) => {
      const { readRecording } = await import('../../inspect/read-recording.ts');
      const { ActorNames, lineOf } = await import('../../inspect/tell.ts');
      const names = new ActorNames();
      for (const record of readRecording(file)) {
        names.note(record);
        const line = lineOf(record, names);
        if (actor !== undefined && !line.includes(actor)) continue;
        if (json) print(JSON.stringify(record));
        else print(`${new Date(record.atMs).toISOString()} ${line}`);
      }
    });
}
