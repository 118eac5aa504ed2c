import { type Act, describe } from '../sim/acts.ts';
import { pick, plannedActs } from '../sim/plan.ts';
import type { runSeeds } from '../sim/run-seeds.ts';
import { LostSeedError, type SeedRunner } from '../sim/seed-runner.ts';
import { shrink } from '../sim/shrink.ts';
import type { Run, SimulateOptions } from '../sim/simulate.ts';
import { ExitCode, UsageError } from './exit-code.ts';

export interface SimOptions {
  seed: number;
  seeds: number;
  workers: number;
  steps: number;
  jobs: number;
  acts?: number[];
  trace: boolean;
  shrink: boolean;
  /** The wrong that is put into the nodes. */
  plant?: string;
}

/** What runs seeds, in threads: many at a time, or one after the other. */
export interface Simulators {
  readonly runSeeds: typeof runSeeds;
  runner(): Pick<SeedRunner, 'run' | 'end'>;
}

type Tell = (line: string) => void;

const MAX_SHOWN_LINES = 60;
/** As shells say it of SIGINT. */
const INTERRUPTED = 130;

/** Runs seeds in threads, and the first that fails once more by itself. Resolves with the exit code. */
export async function runMany(options: SimOptions, simulators: Simulators, tell: Tell): Promise<number> {
  const { seed, seeds: count, workers, steps, jobs } = options;
  const startedMs = performance.now();
  let [runs, events, virtualMs] = [0, 0, 0];
  const failed: Run[] = [];
  let lost: LostSeedError | null = null;
  let isInterrupted = false;
  const interrupt = () => {
    isInterrupted = true;
  };
  // Once: who is in a hurry interrupts again.
  process.once('SIGINT', interrupt);
  try {
    await simulators.runSeeds({ seed, count, workers, steps, jobs }, (run) => {
      runs += 1;
      events += run.events;
      virtualMs += run.virtualMs;
      if (run.failure !== null) failed.push(run);
      return failed.length === 0 && !isInterrupted;
    });
  } catch (error) {
    if (!(error instanceof LostSeedError)) throw error;
    lost = error;
  } finally {
    process.off('SIGINT', interrupt);
  }
  const isKept = failed.length === 0 && lost === null;
  const tookS = (performance.now() - startedMs) / 1000;
  tell(
    `${runs} seeds, ${events} events, ${(virtualMs / 3_600_000).toFixed(1)} simulated hours in ${tookS.toFixed(1)} s: ${isKept ? 'every promise was kept.' : 'not every promise was kept.'}`,
  );
  if (isInterrupted) tell(`Interrupted: ${count - runs} of the ${count} seeds from ${seed} on were not run.`);
  if (lost !== null) tell(`${lost.message}\nAgain: ${commandOf({ ...options, seed: lost.seed })}`);
  failed.sort((one, other) => one.seed - other.seed);
  for (const run of failed) tell(`${failureOf(run)}; trace ${run.digest}`);
  const first = failed[0];
  if (first !== undefined) await runAgain(first, options, simulators, tell);
  if (isKept && isInterrupted) return INTERRUPTED;
  return isKept ? ExitCode.ok : ExitCode.failed;
}

/** With the stacks of errors, its acts and its trace. That the seed has failed stays true whatever comes of it. */
async function runAgain(first: Run, options: SimOptions, simulators: Simulators, tell: Tell): Promise<void> {
  tell('');
  const again = await playOne({ ...options, seed: first.seed }, simulators, tell);
  if (again?.digest === first.digest) return;
  const now = again === null ? 'now it has no outcome' : `now it is ${again.digest}`;
  tell(
    `\nseed ${first.seed} was not the same run again: its trace was ${first.digest} among the others, and ${now}. That is an error of the simulator.`,
  );
}

/** Runs one seed. Resolves with the exit code. */
export async function runOne(options: SimOptions, simulators: Simulators, tell: Tell): Promise<number> {
  const run = await playOne(options, simulators, tell);
  return run?.failure === null ? ExitCode.ok : ExitCode.failed;
}

/** Runs one seed, in a thread of its own, and tells of it. Resolves with null where that has no outcome. */
async function playOne(options: SimOptions, simulators: Simulators, tell: Tell): Promise<Run | null> {
  const { seed, workers, steps, trace } = options;
  const acts = actsOf(options);
  const end = new LastLines();
  const hear = (line: string) => {
    if (trace) tell(line);
    else end.add(line);
  };
  const runner = simulators.runner();
  try {
    const run = await runner.run({ seed, workers, steps, acts, stacks: true }, hear);
    if (run.failure === null) tellKept(run, tell);
    else await tellFailure(run, options, runner, tell);
    return run;
  } catch (error) {
    if (!(error instanceof LostSeedError)) throw error;
    tell(error.message);
    tellActs(
      { acts, kept: options.acts ?? [...acts.keys()], title: 'Acts:', lines: end.lines },
      options,
      tell,
    );
    return null;
  } finally {
    await runner.end();
  }
}

/** The acts that are to befall the cluster. */
function actsOf({ seed, workers, steps, acts: chosen }: SimOptions): Act[] {
  const planned = plannedActs({ seed, workers, steps });
  const none = chosen?.find((index) => index >= planned.length);
  if (none !== undefined)
    throw new UsageError(`--acts: there is no act ${none}: seed ${seed} has ${planned.length} acts, from 0`);
  return chosen === undefined ? planned : pick(planned, chosen);
}

function tellKept({ seed, events, virtualMs, digest }: Run, tell: Tell): void {
  const simulatedS = (virtualMs / 1000).toFixed(1);
  tell(
    `seed ${seed}: ${events} events in ${simulatedS} simulated s, every promise was kept; trace ${digest}`,
  );
}

async function tellFailure(
  run: Run,
  options: SimOptions,
  runner: Pick<SeedRunner, 'run'>,
  tell: Tell,
): Promise<void> {
  const { seed, workers, steps, acts: chosen } = options;
  tell(failureOf(run));
  const isShrunk = options.shrink && chosen === undefined;
  const { run: least, kept } = isShrunk
    ? await shrink(run, { seed, workers, steps, stacks: true }, (fewer) => outcomeOf(runner, fewer))
    : { run, kept: chosen ?? [...run.acts.keys()] };
  const title = isShrunk ? `These ${kept.length} of ${run.acts.length} acts are enough:` : 'Acts:';
  tellActs({ acts: least.acts, kept, title, lines: least.lines.slice(-MAX_SHOWN_LINES) }, options, tell);
}

/** A run with fewer acts may be one that does not come to its end; that it is known how the first one failed stays. */
async function outcomeOf(runner: Pick<SeedRunner, 'run'>, options: SimulateOptions): Promise<Run | null> {
  try {
    return await runner.run(options);
  } catch (error) {
    if (error instanceof LostSeedError) return null;
    throw error;
  }
}

interface Played {
  readonly title: string;
  readonly acts: readonly Act[];
  /** The number of each of them among those that were planned. */
  readonly kept: readonly number[];
  /** The end of the trace. */
  readonly lines: readonly string[];
}

/** Which acts there were, how that ended, and how to play it again. */
function tellActs({ title, acts, kept, lines }: Played, options: SimOptions, tell: Tell): void {
  tell(`\n${title}`);
  for (const [index, act] of acts.entries())
    tell(
      `  ${String(kept[index]).padStart(3)}  ${(act.atMs / 1000).toFixed(3).padStart(8)} s  ${describe(act)}`,
    );
  if (!options.trace) {
    tell('\nThe end of the trace:');
    for (const line of lines) tell(`  ${line}`);
  }
  tell(`\nAgain: ${commandOf(options)} --acts ${kept.join(',') || '-'} --trace`);
}

/** The last lines of a trace that is still written. */
class LastLines {
  readonly #lines: string[] = [];

  get lines(): readonly string[] {
    return this.#lines.slice(-MAX_SHOWN_LINES);
  }

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= 2 * MAX_SHOWN_LINES) this.#lines.splice(0, MAX_SHOWN_LINES);
  }
}

const failureOf = ({ seed, failure }: Run) =>
  `seed ${seed}, step ${failure?.step}, ${failure?.atS.toFixed(3)} s: ${failure?.message}`;

const commandOf = ({ seed, workers, steps, plant }: SimOptions) =>
  `muster sim ${plant === undefined ? '' : `--plant ${plant} `}--seed ${seed} --workers ${workers} --steps ${steps}`;
