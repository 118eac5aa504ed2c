import { Command } from 'commander';
import type { Departure, Reason, Verdict } from '../../inspect/verify.ts';
import { ExitCode } from '../exit-code.ts';
import { jsonOption } from '../home-option.ts';
import { print, printJson } from '../output.ts';
import { tellCut } from './tell-cut.ts';

const HELP = `
From where each actor stood, its event has to lead to where the recording says that it went, by the same transitions:
state, status, transitions, context, children and result are compared, and where it begins. Not checked, but counted, are
steps of which a part was too long to be recorded, those before which nothing of their actor is recorded,
those of dynamic supervisors, which have no chart, and those of actors of which the recording does not say what they
are. Effects have no chart at all. Events that no transition answers are allowed, and
told. Of frames, what they say, and times it is only checked that they stand there as they were written: a record that was
changed, removed, doubled or moved ends the reading there, with Error 3130.

Exit code 0: every step that was checked is one that its machine allows. 1: one is not; the first is shown, with the chart
of its machine. Or none could be checked, or the recording is damaged.
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
      const { readRecording, upToDamage } = await import('../../inspect/read-recording.ts');
      const { Verifier } = await import('../../inspect/verify.ts');
      const verifier = new Verifier();
      const damages: Error[] = [];
      const records = upToDamage(readRecording(file, tellCut), (error) => damages.push(error));
      for (const record of records) verifier.take(record);
      const { verdict } = verifier;
      if (json) printJson(verdict);
      else await tell(verdict);
      const [damage] = damages;
      if (damage !== undefined) throw damage;
      if (verdict.departures.length > 0 || verdict.steps === 0) process.exitCode = ExitCode.failed;
    });
}

async function tell(verdict: Verdict): Promise<void> {
  const { steps, departures, unanswered } = verdict;
  const [first] = departures;
  if (first !== undefined) {
    print(`Of ${steps} steps ${departures.length} are none that their machines allow. The first:`);
    print(describe(first));
    const { machineChart } = await import('../../inspect/machines.ts');
    print(`\n${machineChart(first.chart, 'mermaid') ?? ''}\n`);
    tellPassedOver(verdict);
    return;
  }
  print(steps === 0 ? NOTHING : `${steps} steps are all such that their machines allow them.`);
  tellPassedOver(verdict);
  if (unanswered.length > 0) print('Events that no transition answered:');
  for (const { machine, event, count } of unanswered) print(`  ${count} × ${event} at ${machine}`);
}

const NOTHING = 'No step could be checked: this recording shows nothing.';

const BECAUSE: Readonly<Record<Reason, string>> = {
  unknownMachine: 'their machines are not known, nor, of supervisors, what they were made of',
  dynamicSupervisor: 'they are of dynamic supervisors, which have no chart',
  unknownActor: 'the recording does not say what their actors are',
  cut: 'a part was too long to be recorded',
  notRecorded: 'what was before is not recorded',
};

function tellPassedOver({ passedOver, reasons }: Verdict): void {
  if (passedOver > 0) print(`Not checked: ${passedOver}`);
  for (const [reason, count] of Object.entries(reasons) as [Reason, number][])
    print(`  ${count} because ${BECAUSE[reason]}`);
}

const describe = ({ actor, machine, record, event, from, recorded, allowed }: Departure) =>
  `record ${record}: ${machine} (${actor}) ${from === null ? 'at its beginning' : `in ${JSON.stringify(from)}`} on ${JSON.stringify(event)}
  recorded: ${recorded}
  allowed:  ${allowed}`;
