import { Command } from 'commander';
import type { Departure, Verdict } from '../../inspect/verify.ts';
import { ExitCode } from '../exit-code.ts';
import { jsonOption } from '../home-option.ts';
import { print, printJson } from '../output.ts';
import { tellCut } from './tell-cut.ts';

const HELP = `
From where each actor stood, its event has to lead to where the recording says that it went, by the same transitions:
state, status, transitions, context, children and result are compared, and where it begins. Passed over are steps of which
a part was too long to be recorded, those after a gap, and supervisors, whose charts depend on their children. Events that
no transition answers are allowed, and told. Of frames, what they say, and times it is only checked that they stand there as
they were written: a record that was changed, removed, doubled or moved ends the reading there, with Error 3130.
Exit code 0: every step is one that its machine allows. 1: one is not; the first is shown, with the chart of its machine.
`;

/** `muster trace verify`: whether every recorded step is one that its machine allows. */
export function verifyCommand(): Command {
  return new Command('verify')
    .summary('replay a recording through the machines')
    .description('Replays a recording through the machines: each step must be one that the machine allows.')
    .argument('<file>', 'the recording')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (file: string, { json }: { json?: true }) => {
      const { readRecording } = await import('../../inspect/read-recording.ts');
      const { Verifier } = await import('../../inspect/verify.ts');
      const verifier = new Verifier();
      try {
        for (const record of readRecording(file, tellCut)) verifier.take(record);
      } finally {
        // Of a damaged recording too: what stands before the damage counts.
        const { verdict } = verifier;
        if (json) printJson(verdict);
        else if (verdict.steps > 0 || verdict.passedOver > 0) await tell(verdict);
        if (verdict.departures.length > 0) process.exitCode = ExitCode.failed;
      }
    });
}

async function tell({ steps, passedOver, departures, unanswered }: Verdict): Promise<void> {
  const [first] = departures;
  if (first === undefined) {
    print(`${steps} steps are all such that their machines allow them; ${passedOver} were passed over.`);
    if (unanswered.length > 0) print('Events that no transition answered:');
    for (const { machine, event, count } of unanswered) print(`  ${count} × ${event} at ${machine}`);
    return;
  }
  print(`Of ${steps} steps ${departures.length} are none that their machines allow. The first:`);
  print(describe(first));
  const { machineChart } = await import('../../inspect/machines.ts');
  print(`\n${machineChart(first.chart, 'mermaid') ?? ''}`);
}

const describe = ({ actor, machine, record, event, from, recorded, allowed }: Departure) =>
  `record ${record}: ${machine} (${actor}) ${from === null ? 'at its beginning' : `in ${JSON.stringify(from)}`} on ${JSON.stringify(event)}
  recorded: ${recorded}
  allowed:  ${allowed}`;
