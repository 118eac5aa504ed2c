import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import type { Mutation } from '../sim/realm.ts';
import { UsageError } from './exit-code.ts';
import { print } from './output.ts';
import type { SimOptions, Simulators } from './sim-run.ts';

const MAX_SEED = 2 ** 32 - 1;
const MAX_SEEDS = 10_000_000;
const MAX_WORKERS = 20;
const MAX_STEPS = 10_000;
const MAX_JOBS = 64;

const HELP = `
The nodes are the real ones; their network, disks, clocks and what is random are simulated, and so is what befalls them: an
operator who edits files and groups, agents that report, connections that break, nodes that die, disks that are full. After
each step it is looked whether the promises of the design hold that can be seen then, and in the end whether all nodes are in
step again. The same seed gives the same run, to the byte. docs/simulation.md tells what is simulated, what is looked at when,
and what is not.

Of the first seed that fails it shows which acts are enough to make it fail, and the end of its trace. A run that does not
come to its end is stopped, after 224 s of processor time if it is of the usual size: then the seed has no outcome.
Exit code 0: every promise was kept. 1: one was not, or a seed has no outcome, or was not the same run again.

Examples:
  $ muster sim --seeds 1000
  $ muster sim --seed 39 --trace
  $ muster sim --plant two-sessions --seeds 60    # what a failure looks like
`;

/** What runs seeds, with a wrong in the nodes if one is planted. */
async function simulators(plant: string | undefined): Promise<Simulators> {
  const mutation = plant === undefined ? null : await plantedBy(plant);
  const { runSeeds } = await import('../sim/run-seeds.ts');
  const { SeedRunner } = await import('../sim/seed-runner.ts');
  return {
    runSeeds: (options, told) => runSeeds({ ...options, mutation }, told),
    runner: () => new SeedRunner({ mutation }),
  };
}

/** Throws UsageError for a name that there is not, and where there are no sources to put a wrong into. */
async function plantedBy(name: string): Promise<Mutation> {
  const { planted } = await import('../sim/planted.ts');
  const found = planted.find((wrong) => wrong.name === name);
  if (found === undefined) {
    const known = planted.map(({ name, what }) => `\n  ${name}: ${what}`).join('');
    throw new UsageError(`--plant: there is no ${name}, but${known}`);
  }
  if (!import.meta.url.endsWith('.ts'))
    throw new UsageError('--plant changes sources: it needs a checkout of Muster');
  return found;
}

/** `muster sim`: a cluster that is simulated, with faults. */
export function simCommand(given: Simulators | null = null, tell: (line: string) => void = print): Command {
  return new Command('sim')
    .summary('simulate a cluster under faults, and look whether it keeps its promises')
    .description('Simulates clusters under faults, and looks whether they keep their promises.')
    .option('--seed <n>', 'what chance is made of; of several, the first', whole(0, MAX_SEED), 1)
    .option('--seeds <n>', 'how many seeds are run, one after the other', whole(1, MAX_SEEDS), 1)
    .option('--workers <n>', 'how many workers each cluster has', whole(1, MAX_WORKERS), 3)
    .option(
      '--steps <n>',
      'how many acts befall each: things that an operator or an agent does, or that go wrong',
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
    .option(
      '--plant <name>',
      'put a wrong into the nodes, to see it found; a name that there is not tells which there are',
    )
    .option('--no-shrink', 'do not look for the acts that are enough to make it fail')
    .addHelpText('after', HELP)
    .action(async ({ jobs = availableParallelism(), ...others }: SimOptions) => {
      const options = { ...others, jobs };
      if (options.seeds > 1 && (options.trace || options.acts))
        throw new UsageError('--trace and --acts are for one seed');
      if (options.seed + options.seeds - 1 > MAX_SEED)
        throw new UsageError(
          `behind --seed ${options.seed} there are no ${options.seeds} seeds: the last is ${MAX_SEED}`,
        );
      const { runMany, runOne } = await import('./sim-run.ts');
      const run = options.seeds > 1 ? runMany : runOne;
      process.exitCode = await run(options, given ?? (await simulators(options.plant)), tell);
    });
}

function whole(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`);
  };
}

/** `-` is none. In their order, whatever order they are given in: acts happen at their times. */
function numbers(text: string): number[] {
  if (text === '-') return [];
  if (!/^\d+(,\d+)*$/.test(text))
    throw new InvalidArgumentError('Numbers with commas between are needed, or -.');
  const all = text.split(',').map(Number);
  if (new Set(all).size < all.length) throw new InvalidArgumentError('Each number is needed once.');
  return all.sort((one, other) => one - other);
}
