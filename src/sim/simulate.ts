import type { Act } from './acts.ts';
import { BrokenPromise } from './broken-promise.ts';
import { Cluster } from './cluster.ts';
import { DeadError } from './disk.ts';
import { files } from './file-system.ts';
import { plan } from './perform.ts';
import { AGENTS, DEFAULT_WORKERS, plannedActs } from './plan.ts';
import { shareCharts } from './shared-charts.ts';
import { BEGIN_MS, enter, SpinError, World } from './world.ts';

shareCharts();

export interface SimulateOptions {
  readonly seed: number;
  /** How many workers there are; 3 if left out. */
  readonly workers?: number;
  /** How many acts of an operator and of misfortune; 40 if left out. */
  readonly steps?: number;
  /** These acts, and not those that follow from the seed. */
  readonly acts?: readonly Act[];
  /** Whether errors have stacks, which makes the run slower and changes nothing else. */
  readonly stacks?: boolean;
  /** So many of the last lines of the trace are kept at least; 300 if left out. */
  readonly maxLines?: number;
  /** Called with each line of the trace at once, so that there is something of a run that does not come to its end. */
  readonly onLine?: (line: string) => void;
}

/** What a run was. */
export interface Run {
  readonly seed: number;
  readonly acts: readonly Act[];
  /** Things that happened: messages, timers, calls. */
  readonly events: number;
  /** Simulated time. */
  readonly virtualMs: number;
  /** SHA-256, hex, over the trace. */
  readonly digest: string;
  /** The last lines of the trace. */
  readonly lines: readonly string[];
  /** Null if every promise was kept. */
  readonly failure: Failure | null;
}

export interface Failure {
  /** The promise of the design, by its number, and how it was broken. */
  readonly message: string;
  /** The event after which that was seen. */
  readonly step: number;
  /** When, in simulated seconds from the beginning. */
  readonly atS: number;
}

const DEFAULT_LINES = 300;
/** Nodes have so long to find each other before anything befalls them. */
const WARM_UP_MS = 2_000;
/** How long after the last fault every node is in step again, at the latest: the longest silence before a connection that carries nothing is given up (twice), and some rounds. */
const CONVERGENCE_MS = 300_000;
/** How often it is looked whether they are. */
const LOOK_MS = 1_000;
/** After that, one more change has to reach everybody: a permission that is not free again holds it up. */
const PULSE_MS = 120_000;

/** Runs one cluster from its beginning until it is in step again after everything that befell it. */
export async function simulate(options: SimulateOptions): Promise<Run> {
  const { seed, workers = DEFAULT_WORKERS } = options;
  const world = new World(seed, options.maxLines ?? DEFAULT_LINES);
  if (options.onLine !== undefined) world.onLine.push(options.onLine);
  const acts = options.acts ?? plannedActs(options);
  enter(world);
  const strays = catchStrays(world);
  // Making the stacks of errors that are part of every run takes longer than most of what they tell of.
  const { stackTraceLimit } = Error;
  if (options.stacks !== true) Error.stackTraceLimit = 0;
  let failure: Failure | null = null;
  try {
    await live(new Cluster(world, { workers, agents: AGENTS }), acts, strays);
  } catch (error) {
    failure = {
      message: messageOf(error),
      step: world.events,
      atS: (world.nowMs - BEGIN_MS) / 1000,
    };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    strays.stop();
    files.closeAll();
    enter(null);
  }
  return {
    seed,
    acts,
    events: world.events,
    virtualMs: world.nowMs - BEGIN_MS,
    digest: world.digest,
    lines: world.lines,
    failure,
  };
}

async function live(cluster: Cluster, acts: readonly Act[], strays: Strays): Promise<void> {
  const { world } = cluster;
  cluster.start();
  for (const act of acts) plan(cluster, act, WARM_UP_MS + act.atMs);
  const lastMs = Math.max(0, ...acts.map(({ atMs }) => atMs));
  await world.run(BEGIN_MS + WARM_UP_MS + lastMs + 1, strays.isAny);
  strays.check();
  world.note('! faults end');
  cluster.heal();
  await untilInStep(cluster, strays, CONVERGENCE_MS);
  cluster.edit(cluster.master, 'etc/lists/pulse', Buffer.from(String(world.events)));
  await untilInStep(cluster, strays, PULSE_MS);
}

/** 1: when faults stop, every connected worker reaches the master's set. */
async function untilInStep(cluster: Cluster, strays: Strays, withinMs: number): Promise<void> {
  const { world } = cluster;
  const untilMs = world.nowMs + withinMs;
  for (;;) {
    await world.run(world.nowMs + LOOK_MS, strays.isAny);
    strays.check();
    const found = cluster.disagreements();
    if (found.length === 0) return;
    if (world.nowMs < untilMs) continue;
    throw new BrokenPromise(
      `1: not in step ${withinMs / 1000} s after faults ended: ${found.slice(0, 5).join('; ')}`,
    );
  }
}

interface Strays {
  isAny(): boolean;
  check(): void;
  stop(): void;
}

/** Errors that nobody handles, but for those of nodes that were dead by then. */
function catchStrays(world: World): Strays {
  let stray: unknown = null;
  const take = (error: unknown) => {
    if (error instanceof DeadError || world.life?.isAlive === false) return;
    stray ??= error;
  };
  process.on('unhandledRejection', take);
  process.on('uncaughtException', take);
  return {
    isAny: () => stray !== null,
    check: () => {
      if (stray !== null) throw new Error(`nobody handled: ${messageOf(stray)}`);
    },
    stop: () => {
      process.off('unhandledRejection', take);
      process.off('uncaughtException', take);
    },
  };
}

function messageOf(error: unknown): string {
  if (error instanceof BrokenPromise) return error.message;
  if (error instanceof SpinError) return `8: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
