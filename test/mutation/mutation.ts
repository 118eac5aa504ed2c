import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path/posix';
import { parseArgs } from 'node:util';
import { type CatalogEntry, catalog } from '../../machines/catalog.ts';
import { explained } from './explained.ts';
import { type Chart, type Mutant, mutantsOf } from './mutants.ts';
import { type MachineScore, pageOf, writeDocs } from './report.ts';
import { machineFiles, suitesOf } from './suites.ts';
import { tryMutant, type Verdict } from './trial.ts';

const HELP = `npm run mutation -- [--only ID,ID] [--quick] [--log FILE] [--write-docs]

Puts one wrong after the other into the machines (a transition dropped, a guard left out or turned round, an action
lost, ...) and runs the tests of each until one fails. --quick leaves out the tests of whole nodes. With --log, what was
tried before is taken from the file, and what is tried is added to it. Hours without --only.`;

interface Trial {
  readonly id: string;
  readonly place: string;
  readonly operator: string;
  readonly what: string;
  readonly verdict: Verdict;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    log: { type: 'string' },
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
    known.set(keyOf(trial.id, trial), trial);
  }
}
const scores: MachineScore[] = [];
for (const entry of catalog.filter(({ id }) => wanted.includes(id))) scores.push(await tryMachine(entry));
process.stdout.write(`${pageOf(scores)}\n`);
if (values['write-docs']) writeDocs(scores);
if (scores.some(({ survivors }) => survivors.some(({ why }) => why === null))) process.exitCode = 1;

async function tryMachine({ id, machine }: CatalogEntry): Promise<MachineScore> {
  const file = (await machineFiles()).get(machine.id);
  if (file === undefined) throw new Error(`the file of ${id} was not found`);
  const { own, further } = await suitesOf(file);
  const mutants = mutantsOf(machine.config as Chart);
  const verdicts = new Array<Verdict>(mutants.length);
  const waiting = [...mutants.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [number, mutant] = next;
      verdicts[number] = await verdictOf(id, `${machine.id}#${number}`, mutant, [
        ...own,
        ...(values.quick ? [] : further),
      ]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  const survivors = mutants
    .filter((_, number) => verdicts[number] === 'survived')
    .map(({ place, operator, what }) => ({
      place,
      operator,
      what,
      why: explained[id]?.[`${place}: ${operator}`] ?? null,
    }));
  process.stderr.write(`${id}: ${mutants.length - survivors.length} of ${mutants.length} found\n`);
  return { id, file: relative('.', `machines/${file}`), mutants: mutants.length, survivors };
}

async function verdictOf(
  id: string,
  name: string,
  mutant: Mutant,
  files: readonly string[],
): Promise<Verdict> {
  const before = known.get(keyOf(id, mutant));
  if (before !== undefined) return before.verdict;
  const { place, operator, what } = mutant;
  const verdict = await tryMutant(name, files);
  const trial: Trial = { id, place, operator, what, verdict };
  if (values.log !== undefined) appendFileSync(values.log, `${JSON.stringify(trial)}\n`);
  return verdict;
}

function keyOf(id: string, { place, operator }: { place: string; operator: string }): string {
  return `${id} ${place} ${operator}`;
}
