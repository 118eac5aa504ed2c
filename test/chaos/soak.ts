import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { build } from './build.ts';
import {
  describeVerdicts,
  growthOf,
  MEASURES,
  type Measure,
  measured,
  TOLERANCE,
  verdictsOf,
} from './growth.ts';
import type { Sample } from './sample.ts';
import { type Rest, type SoakReport, soak } from './soak-run.ts';
import { table } from './table.ts';

const HELP = `npm run soak -- [--minutes 10] [--workers 25] [--seed <number>]

A master and workers; files are edited, agents report and their groups change all the time, and every few seconds a
worker, or in the first quarter the master, is killed and started again. Two workers live through all of it, and the master through the rest: what they hold must not
grow. What cannot be told is "inconclusive" and fails as well: it wants more minutes. In the end all sets
and all stores of agents are equal, and nothing is left over.`;

/** Agents of all workers, their reports a second, and how many get into other groups ten times a second. */
const AGENTS = { agents: 2_000, rate: 200, regrouped: 2 };

const MS_PER_MINUTE = 60_000;
const MS_PER_SECOND = 1_000;
/** What a process does for the first time makes it grow: this share of a life is left out. */
const WARM_UP_SHARE = 0.25;

/** What a node may hold at rest beyond what it held before: each of a hundred kills would keep one. */
const MAX_KEPT = 10;

const UNIT: Readonly<Record<Measure, string>> = { rss: 'MiB', heap: 'MiB', descriptors: '', handles: '' };

interface Row {
  readonly cells: readonly string[];
  readonly isLevel: boolean;
}

function rowOf(name: string, life: readonly Sample[]): Row {
  const samples = life.slice(Math.floor(life.length * WARM_UP_SHARE));
  const growth = growthOf(samples);
  const minutes = ((samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0)) / MS_PER_MINUTE;
  const cells = MEASURES.map((measure) => {
    const { rise, error } = growth[measure];
    const values = samples.map((sample) => measured(measure, sample));
    const digits = UNIT[measure] === '' ? 0 : 1;
    const range = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
    return `${range.join('–')}; ${rise.toFixed(2)} ± ${error.toFixed(2)}`;
  });
  const verdict = describeVerdicts(verdictsOf(growth));
  return {
    cells: [name, minutes.toFixed(1), `${samples.length}`, ...cells, verdict],
    isLevel: verdict === 'level',
  };
}

function print(report: SoakReport): boolean {
  const rows = report.witnesses.map((name) => rowOf(name, report.last.get(name) ?? []));
  const head = ['node', 'minutes', 'samples', 'RSS, MiB', 'heap, MiB', 'descriptors', 'handles', ''];
  console.log(`${table([head, ...rows.map(({ cells }) => cells)])}\n`);
  console.log(
    'Least–largest value; slope a minute of the least of five samples ± its standard error. Tolerated a minute:',
  );
  console.log(
    `${MEASURES.map((measure) => `${measure} ${TOLERANCE[measure]} ${UNIT[measure]}`.trim()).join(', ')}.\n`,
  );
  const most = (measure: keyof Rest) => Math.max(...[...report.kept.values()].map((rest) => rest[measure]));
  console.log(
    `At rest in the end every node holds at most ${most('descriptors')} descriptors, ${most('handles')} handles and ${most('timers')} timers more than at rest in the beginning; ${MAX_KEPT} of each are tolerated.`,
  );
  const { edits, acts, workerKills, masterKills, convergedMs } = report;
  console.log(
    `${edits} edits, ${acts.reports} reports of agents, ${acts.groupChanges} changes of groups (and ${acts.failed} of both that a store did not take, mostly since it was away), ${workerKills} kills of workers, ${masterKills} of the master. All sets and stores equal ${(convergedMs / MS_PER_SECOND).toFixed(1)} s after the last fault; nothing left over; all nodes ended in order.`,
  );
  const isFreed = Math.max(most('descriptors'), most('handles'), most('timers')) <= MAX_KEPT;
  return isFreed && rows.every(({ isLevel }) => isLevel);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      workers: { type: 'string', default: '25' },
      seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  console.log(
    `Soak of commit ${commit}: ${values.workers} workers, ${values.minutes} minutes, seed ${values.seed}\n`,
  );
  const built = await build();
  try {
    const report = await soak({
      workers: Number(values.workers),
      durationMs: Number(values.minutes) * MS_PER_MINUTE,
      seed: Number(values.seed),
      editEveryMs: 3_000,
      killEveryMs: 4_000,
      sampleEveryMs: 5_000,
      agents: AGENTS,
      main: built.main,
    });
    if (!print(report)) process.exitCode = 1;
  } finally {
    built.remove();
  }
}

await main();
