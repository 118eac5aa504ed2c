import { Command } from 'commander';
import { jsonOption } from '../home-option.ts';
import { print } from '../output.ts';
import { tellCut } from './tell-cut.ts';

const HELP = `
How a line begins:
  + an actor was started, or was there when the recording began: its name, its machine, where it stands
  > an event went into a mailbox: from whom, to whom
  * a step: an actor took an event, and where it stands then
  < a frame came: from which address, its command, its counter, its bytes
  = a frame went
  # what the frame with this counter says
Behind an actor of a connection stands in brackets the node at its other end, from when it has said who it is.

With --actor it shows what such actors do, what they send and are sent, and the frames of the connections that they or
those above them serve.
`;

interface ShowOptions {
  actor?: string;
  json?: true;
}

/** `muster trace show`: every record, one line each. */
export function showTraceCommand(): Command {
  return new Command('show')
    .summary('show what was recorded, one line a record')
    .description('Shows what was recorded, one line a record, each with its time.')
    .argument('<file>', 'the recording')
    .option('--actor <text>', 'only what concerns actors whose name, or whose peer, has this text in it')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (file: string, { actor, json }: ShowOptions) => {
      const { readRecording } = await import('../../inspect/read-recording.ts');
      const { Concerns } = await import('../../inspect/concerns.ts');
      const { ActorNames, lineOf } = await import('../../inspect/tell.ts');
      const names = new ActorNames();
      const concerns = actor === undefined ? null : new Concerns(actor, names);
      for (const record of readRecording(file, tellCut)) {
        names.note(record);
        if (concerns?.has(record) === false) continue;
        if (json) print(JSON.stringify(record));
        else print(`${new Date(record.atMs).toISOString()} ${lineOf(record, names)}`);
      }
    });
}
