import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import type { Run } from '../sim/simulate.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { print } from './output.ts';

interface SimOptions {
  seed: number;
  seeds: number;
  workers: number;
  steps: number;
  jobs: number;
  acts?: number[];
  trace: boolean;
  shrink: boolean;
}

const MAX_SEED = 2 ** 32 - 1;
const MAX_SEEDS = 10_000_000;
const MAX_WORKERS = 20;
const MAX_STEPS = 10_000;
const MAX_JOBS = 64;
const MAX_SHOWN_LINES = 60;

const HELP = `
The nodes are the real ones; their network, disks, clocks and what is random are simulated, and so is what befalls them: an
operator who edits files and groups, agents that report, connections that break, nodes that die, disks that are full. After
each step it is looked whether the promises of the design hold, and in the end whether all nodes are in step again. The same
seed gives the same run, to the byte. docs/simulation.md tells what is simulated and what is not.

Of the first seed that fails it shows which acts are enough to make it fail, and the end of its trace.
Exit code 0: every promise was kept. 1: one was not.

Examples:
  $ muster sim --seeds 1000
  $ muster sim --seed 39 --trace
`;

/** `muster sim`: a cluster that is simulated, with faults. */
export function simCommand(): Command {
  return new Command('sim')
    .summary('simulate a cluster under faults, and look whether it keeps its promises')
    .description('Simulates clusters under faults, and looks whether they keep their promises.')
    .option('--seed <n>', 'what chance is made of; of several, the first', whole(0, MAX_SEED), 1)
    .option('--seeds <n>', 'how many seeds are run, one after the other', whole(1, MAX_SEEDS), 1)
    .option('--workers <n>', 'how many workers each cluster has', whole(1, MAX_WORKERS), 3)
    .option(
      '--steps <n>',
      'how many acts of an operator and of misfortune befall each',
      whole(0, MAX_STEPS),
      40,
    )
    .option(
      '--jobs <n>',
      'how many are run at a time (default: as many as there are processors)',
      whole(1, MAX_JOBS),
    )
    .option('--acts <numbers>', 'only these of the acts, as a failure names them: 3,17', numbers)
    .option('--trace', 'print all that happens; of one seed', false)
    .option('--no-shrink', 'do not look for the acts that are enough to make it fail')
    .addHelpText('after', HELP)
    .action(async (options: SimOptions) => {
      if (options.seeds > 1 && (options.trace || options.acts))
        throw new UsageError('--trace and --acts are for one seed');
      process.exitCode = options.seeds > 1 ? await runMany(options) : await runOne(options);
    });
}

async function runMany(options: SimOptions): Promise<number> {
  const { runSeeds } = await import('../sim/run-seeds.ts');
  const { seed, seeds: count, workers, steps, jobs = availableParallelism() } = options;
  const startedMs = performance.now();
  let [runs, events, virtualMs] = [0, 0, 0];
  const failed: Run[] = [];
  await runSeeds({ seed, count, workers, steps, jobs }, (run) => {
    runs += 1;
    events += run.events;
    virtualMs += run.virtualMs;
    if (run.failure !== null) failed.push(run);
    return failed.length === 0;
  });
  const tookS = (performance.now() - startedMs) / 1000;
  print(
    `${runs} seeds, ${events} events, ${(virtualMs / 3_600_000).toFixed(1)} simulated hours in ${tookS.toFixed(1)} s: ${failed.length === 0 ? 'every promise was kept.' : 'one failed.'}`,
  );
  const first = failed[0];
  return first === undefined ? ExitCode.ok : await runOne({ ...options, seed: first.seed, seeds: 1 });
}

/** Runs one seed, here. */
async function runOne(options: SimOptions): Promise<number> {
  const { loadSimulator } = await import('../sim/realm.ts');
  const { simulate, plannedActs, pick } = await loadSimulator();
  const { seed, workers, steps, acts: chosen, trace } = options;
  const order = { seed, workers, steps, stacks: true, ...(trace && { maxLines: Number.POSITIVE_INFINITY }) };
  const run = await simulate(
    chosen === undefined ? order : { ...order, acts: pick(plannedActs(order), chosen) },
  );
  if (trace) for (const line of run.lines) print(line);
  if (run.failure !== null) {
    await tell(options, run);
    return ExitCode.failed;
  }
  const simulatedS = (run.virtualMs / 1000).toFixed(1);
  print(
    `seed ${seed}: ${run.events} events in ${simulatedS} simulated s, every promise was kept; trace ${run.digest}`,
  );
  return ExitCode.ok;
}

async function tell(options: SimOptions, run: Run): Promise<void> {
  const { loadSimulator } = await import('../sim/realm.ts');
  const { describe, shrink, simulate } = await loadSimulator();
  const { seed, workers, steps, acts, trace } = options;
  print(`seed ${seed}, step ${run.failure?.step}, ${run.failure?.atS.toFixed(3)} s: ${run.failure?.message}`);
  const isShrunk = options.shrink && acts === undefined;
  const { run: least, kept } = isShrunk
    ? await shrink(run, { seed, workers, steps, stacks: true }, simulate)
    : { run, kept: acts ?? run.acts.map((_, index) => index) };
  print(isShrunk ? `\nThese ${kept.length} of ${run.acts.length} acts are enough:` : '\nActs:');
  for (const [index, act] of least.acts.entries())
    print(
      `  ${String(kept[index]).padStart(3)}  ${(act.atMs / 1000).toFixed(3).padStart(8)} s  ${describe(act)}`,
    );
  if (!trace) {
    print('\nThe end of the trace:');
    for (const line of least.lines.slice(-MAX_SHOWN_LINES)) print(`  ${line}`);
  }
  print(
    `\nAgain: muster sim --seed ${seed} --workers ${workers} --steps ${steps} --acts ${kept.join(',') || '-'} --trace`,
  );
}

function whole(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
  };
}

/** `-` is none. */
function numbers(text: string): number[] {
  if (text === '-') return [];
  if (!/^\d+(,\d+)*$/.test(text)) throw new InvalidArgumentError('numbers with commas between, or -');
  return text.split(',').map(Number);
}
