import { LostSeedError, type runSeeds } from '../sim/run-seeds.ts';
import type { Run } from '../sim/simulate.ts';
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

type Simulator = Pick<
  typeof import('../sim/simulate.ts'),
  'simulate' | 'plannedActs' | 'pick' | 'shrink' | 'describe'
>;

/** What runs seeds: many in threads, one here. */
export interface Simulators {
  readonly runSeeds: typeof runSeeds;
  load(): Promise<Simulator>;
}

type Tell = (line: string) => void;

const MAX_SHOWN_LINES = 60;
/** As shells say it of SIGINT. */
const INTERRUPTED = 130;

/** Runs seeds in threads, and the first that fails once more, here. Resolves with the exit code. */
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
  const { digest } = await playOne({ ...options, seed: first.seed }, await simulators.load(), tell);
  if (digest === first.digest) return;
  tell(
    `\nseed ${first.seed} was not the same run again: its trace was ${first.digest} in a thread, and ${digest} here. That is an error of the simulator.`,
  );
}

/** Runs one seed, here. Resolves with the exit code. */
export async function runOne(options: SimOptions, simulators: Simulators, tell: Tell): Promise<number> {
  const { failure } = await playOne(options, await simulators.load(), tell);
  return failure === null ? ExitCode.ok : ExitCode.failed;
}

async function playOne(options: SimOptions, simulator: Simulator, tell: Tell): Promise<Run> {
  const { simulate, plannedActs, pick } = simulator;
  const { seed, workers, steps, acts: chosen, trace } = options;
  const order = { seed, workers, steps, stacks: true, ...(trace && { maxLines: Number.POSITIVE_INFINITY }) };
  const planned = plannedActs(order);
  const none = chosen?.find((index) => index >= planned.length);
  if (none !== undefined)
    throw new UsageError(`--acts: there is no act ${none}: seed ${seed} has ${planned.length} acts, from 0`);
  const run = await simulate(chosen === undefined ? order : { ...order, acts: pick(planned, chosen) });
  if (trace) for (const line of run.lines) tell(line);
  if (run.failure !== null) {
    await tellFailure(run, options, simulator, tell);
    return run;
  }
  const simulatedS = (run.virtualMs / 1000).toFixed(1);
  tell(
    `seed ${seed}: ${run.events} events in ${simulatedS} simulated s, every promise was kept; trace ${run.digest}`,
  );
  return run;
}

async function tellFailure(run: Run, options: SimOptions, simulator: Simulator, tell: Tell): Promise<void> {
  const { describe, shrink, simulate } = simulator;
  const { seed, workers, steps, acts, trace } = options;
  tell(failureOf(run));
  const isShrunk = options.shrink && acts === undefined;
  const { run: least, kept } = isShrunk
    ? await shrink(run, { seed, workers, steps, stacks: true }, simulate)
    : { run, kept: acts ?? run.acts.map((_, index) => index) };
  tell(isShrunk ? `\nThese ${kept.length} of ${run.acts.length} acts are enough:` : '\nActs:');
  for (const [index, act] of least.acts.entries())
    tell(
      `  ${String(kept[index]).padStart(3)}  ${(act.atMs / 1000).toFixed(3).padStart(8)} s  ${describe(act)}`,
    );
  if (!trace) {
    tell('\nThe end of the trace:');
    for (const line of least.lines.slice(-MAX_SHOWN_LINES)) tell(`  ${line}`);
  }
  tell(`\nAgain: ${commandOf(options)} --acts ${kept.join(',') || '-'} --trace`);
}

const failureOf = ({ seed, failure }: Run) =>
  `seed ${seed}, step ${failure?.step}, ${failure?.atS.toFixed(3)} s: ${failure?.message}`;

const commandOf = ({ seed, workers, steps, plant }: SimOptions) =>
  `muster sim ${plant === undefined ? '' : `--plant ${plant} `}--seed ${seed} --workers ${workers} --steps ${steps}`;
