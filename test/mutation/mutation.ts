import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path/posix';
import { parseArgs } from 'node:util';
import type { AnyStateMachine } from 'xstate';
import { type CatalogEntry, catalog } from '../../machines/catalog.ts';
import { TABLE_TEST } from '../harness/behaviour-table.ts';
import { explained } from './explained.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type Chart, type Mutant, mutantsOf } from './mutants.ts';
import { type MachineScore, pageOf, writeDocs } from './report.ts';
import { machineFiles, suitesOf } from './suites.ts';
import { type Outcome, quickestFirst, runTests, tryMutant, type Verdict } from './trial.ts';
import { WarmProcess } from './warm.ts';

const HELP = `npm run mutation -- [--only ID,ID] [--quick] [--log FILE [--again]] [--lanes N] [--recheck N]
                        [--write-docs]

Puts one wrong after the other into the machines (a transition dropped, a guard left out or turned round, an action
lost, ...) and runs the tests of each until one fails. --quick leaves out the tests of whole nodes. With --log, what was
tried before of the same machine by the same tests, with all that they import and compare with, is taken from the file, and
what is tried is added to it; --again tries what survived then once more.
--lanes is how many are tried at the same time: one for each processor unless given. --recheck tries so many of them
again, spread over all, each in a process of its own, and fails where that says something else.`;

interface Trial extends Outcome {
  readonly id: string;
  readonly place: string;
  readonly operator: string;
  readonly what: string;
  /** Of the machine and its tests, as they were. */
  readonly fingerprint: string;
  /** Whether the tests of whole nodes were left out. */
  readonly isQuick: boolean;
  readonly tookMs: number;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    log: { type: 'string' },
    again: { type: 'boolean', default: false },
    lanes: { type: 'string', default: String(availableParallelism()) },
    recheck: { type: 'string', default: '0' },
    'write-docs': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${HELP}\n`);
  process.exit();
}
const wanted = values.only?.split(',') ?? catalog.map(({ id }) => id);
const unknown = wanted.filter((id) => !catalog.some((entry) => entry.id === id));
if (unknown.length > 0) {
  process.stderr.write(`There is no machine ${unknown.join(', ')}: see machines/catalog.ts.\n`);
  process.exit(2);
}

const known = new Map<string, Trial>();
if (values.log !== undefined && existsSync(values.log)) {
  for (const line of readFileSync(values.log, 'utf8').split('\n').filter(Boolean)) {
    const trial = JSON.parse(line) as Trial;
    const isOpen = trial.verdict === 'survived' && (values.again || (trial.isQuick && !values.quick));
    if (isOpen) known.delete(keyOf(trial));
    else known.set(keyOf(trial), trial);
  }
}
const lanes = Array.from({ length: Number(values.lanes) }, () => new WarmProcess());
const scores: MachineScore[] = [];
/** What the scores are of. */
const tried: Trial[] = [];
for (const entry of catalog.filter(({ id }) => wanted.includes(id))) scores.push(await tryMachine(entry));
for (const lane of lanes) lane.close();
process.stdout.write(`${pageOf(scores, values.quick)}\n`);
await recheck(Number(values.recheck));
if (values['write-docs']) writeDocs(scores, values.quick);
if (scores.some(({ survivors }) => survivors.some(({ why }) => why === null))) process.exitCode = 1;

async function tryMachine({ id, machine }: CatalogEntry): Promise<MachineScore> {
  const file = (await machineFiles()).get(machine.id);
  if (file === undefined) throw new Error(`the file of ${id} was not found`);
  const mutants = mutantsOf(machine.config as Chart);
  const suites = await suitesOf(file);
  const tests = [...suites.own, ...(values.quick ? [] : suites.further)];
  const fingerprint = fingerprintOf({ id: machine.id, file: `machines/${file}` }, tests);
  const waiting = [...mutants.entries()].filter(
    ([, mutant]) => !known.has(keyOf({ id, fingerprint, ...mutant })),
  );
  if (waiting.length > 0) {
    const { own } = await quickestFirst(suites, lanes[0] as WarmProcess);
    const chosen = { own, further: values.quick ? [] : suites.further };
    await Promise.all(
      lanes.map(async (warm) => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const [number, mutant] = next;
          const beganMs = performance.now();
          const outcome = await tryMutant(`${machine.id}#${number}`, chosen, warm);
          note({
            id,
            ...named(mutant),
            fingerprint,
            ...outcome,
            isQuick: values.quick,
            tookMs: performance.now() - beganMs,
          });
        }
      }),
    );
  }
  return scoreOf(
    id,
    file,
    mutants.map((mutant) => known.get(keyOf({ id, fingerprint, ...mutant })) as Trial),
  );
}

function scoreOf(id: string, file: string, trials: readonly Trial[]): MachineScore {
  tried.push(...trials);
  const survivors = trials
    .filter(({ verdict }) => verdict === 'survived')
    .map(({ place, operator, what }) => ({
      place,
      operator,
      what,
      why: explained[id]?.[`${place}: ${operator}`] ?? null,
    }));
  const byTable = trials.filter(({ test }) => test === TABLE_TEST).length;
  const tookMs = trials.reduce((sum, trial) => sum + trial.tookMs, 0);
  process.stderr.write(`${id}: ${trials.length - survivors.length} of ${trials.length} found\n`);
  const path = relative('.', `machines/${file}`);
  return { id, file: path, mutants: trials.length, byTable, survivors, tookMs };
}

/** Whether what a warm process says is what a process says that knows of nothing else. */
async function recheck(count: number): Promise<void> {
  const files = await machineFiles();
  for (let nth = 0; nth < Math.min(count, tried.length); nth += 1) {
    const trial = tried[Math.floor((nth * tried.length) / count)] as Trial;
    const machine = catalog.find(({ id }) => id === trial.id)?.machine as AnyStateMachine;
    const number = mutantsOf(machine.config as Chart).findIndex(
      (mutant) => keyOf({ ...trial, ...mutant }) === keyOf(trial),
    );
    const { own } = await suitesOf(files.get(machine.id) ?? '');
    const verdicts: Verdict[] = [];
    for (const file of trial.by === '' ? own : [trial.by])
      verdicts.push(await runTests(`${machine.id}#${number}`, file));
    const isFound = verdicts.some((verdict) => verdict !== 'survived');
    if (isFound === (trial.verdict !== 'survived')) continue;
    process.stderr.write(`not so in a process of its own: ${JSON.stringify(trial)}\n`);
    process.exitCode = 1;
  }
}

function note(trial: Trial): void {
  known.set(keyOf(trial), trial);
  if (values.log !== undefined) appendFileSync(values.log, `${JSON.stringify(trial)}\n`);
}

function named({ place, operator, what }: Mutant) {
  return { place, operator, what };
}

/** A log of before there were fingerprints has none, and is not taken over. */
function keyOf(trial: Pick<Trial, 'id' | 'place' | 'operator' | 'what' | 'fingerprint'>): string {
  const { id, place, operator, what, fingerprint } = trial;
  return JSON.stringify([id, place, operator, what, fingerprint]);
}
