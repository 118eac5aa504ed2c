import { Command } from 'commander';
import { print } from '../output.ts';
import { tellCut } from './tell-cut.ts';

/** `muster trace timeline`: how each machine went through its states. */
export function timelineCommand(): Command {
  return new Command('timeline')
    .summary('show how each machine went through its states')
    .description(
      'Shows for each actor with a machine the states that it was in, with the seconds since the recording began.',
    )
    .argument('<file>', 'the recording')
    .option('--actor <text>', 'only actors whose name, or whose peer, has this text in it')
    .action(async (file: string, { actor: wanted }: { actor?: string }) => {
      const { readRecording, upToDamage } = await import('../../inspect/read-recording.ts');
      const { timelines } = await import('../../inspect/timeline.ts');
      let damage: Error | null = null;
      const records = upToDamage(readRecording(file, tellCut), (error) => {
        damage = error;
      });
      for (const { name, peer, machine, states } of timelines(records)) {
        const title = peer === null ? name : `${name} [${peer}]`;
        if (wanted !== undefined && !title.includes(wanted)) continue;
        print(`${title} (${machine})`);
        for (const { atMs, text, because } of states)
          print(
            `  ${(atMs / 1000).toFixed(3).padStart(9)}  ${text}${because === null ? '' : `  (${because})`}`,
          );
      }
      if (damage !== null) throw damage;
    });
}
