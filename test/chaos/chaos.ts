import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { FAULT_POINTS } from '../../src/fault-point.ts';
import { AgentArena, nameOfAgentCase } from './agent-arena.ts';
import { allAgentCases } from './agent-cases.ts';
import { agentStorms } from './agent-storms.ts';
import { Arena, type Case, nameOf } from './arena.ts';
import { type Build, build } from './build.ts';
import { allCases } from './cases.ts';
import type { Fault } from './fault.ts';
import type { Direction } from './fault-proxy.ts';
import { NetworkArena } from './network.ts';
import { below, randomFrom } from './random.ts';
import { table } from './table.ts';

const HELP = `npm run chaos -- [--minutes 10] [--seed <number>] [--only <text>]

Every fault point of files, of agents and of their groups, on both sides, with every fault that it can meet, and
connections that are cut anywhere: as many rounds as there is time for, each with the next seed. With --only, those whose row of the table has
this text. Prints every failure as it comes, and a table at the end.`;

const MS_PER_MINUTE = 60_000;
const MS_PER_SECOND = 1_000;
/** Cuts of a round, beside the faults in processes. */
const CUTS = 30;
/** What travels in one sync. */
const BYTES: Readonly<Record<Direction, number>> = { up: 8_000, down: 3_200_000 };

/** One thing to try: what it belongs to in the table, its name, and how. */
interface Trial {
  readonly kind: string;
  readonly name: string;
  run(stages: Stages): Promise<void>;
}

interface Count {
  passed: number;
  failed: number;
  durationsMs: number[];
}

/** Clusters, made anew after a failure. */
class Stages {
  readonly #seed: number;
  readonly #main: string;
  #arena: Arena | null = null;
  #network: NetworkArena | null = null;
  #agents: AgentArena | null = null;
  readonly passages = new Map<string, number>();

  constructor(seed: number, main: string) {
    this.#seed = seed;
    this.#main = main;
  }

  async arena(): Promise<Arena> {
    this.#arena ??= await Arena.create(this.#seed, this.#main);
    return this.#arena;
  }

  async network(): Promise<NetworkArena> {
    this.#network ??= await NetworkArena.create(this.#seed, this.#main);
    return this.#network;
  }

  async agents(): Promise<AgentArena> {
    this.#agents ??= await AgentArena.create(this.#seed, this.#main);
    return this.#agents;
  }

  async close(): Promise<void> {
    for (const arena of [this.#arena, this.#agents]) addTo(this.passages, arena?.passages() ?? new Map());
    await this.#arena?.close();
    await this.#network?.close();
    await this.#agents?.close();
    this.#arena = null;
    this.#network = null;
    this.#agents = null;
  }
}

/** How often points were passed. */
function addTo(all: Map<string, number>, passages: ReadonlyMap<string, number>): void {
  for (const [point, times] of passages) all.set(point, (all.get(point) ?? 0) + times);
}

function kindOf({ side, both, givenUp }: Pick<Case, 'side' | 'both' | 'givenUp'>, fault?: Fault): string {
  const action = fault?.action ?? 'kill';
  const extra = both ? ', both sides' : givenUp ? ' until given up' : '';
  return `${side}: ${action}${extra}`;
}

function trialsOf(seed: number): Trial[] {
  const random = randomFrom(seed);
  const faults = allCases(random).map(
    (each): Trial => ({
      kind: `files, ${kindOf(each, each.faults.at(-1))}`,
      name: nameOf(each),
      run: async (stages) => (await stages.arena()).play(each),
    }),
  );
  const cuts = Array.from({ length: CUTS }, (_, i): Trial => {
    const direction = i % 3 === 0 ? 'up' : 'down';
    const bytes = below(random, BYTES[direction]);
    return {
      kind: `files, network: cut ${direction}`,
      name: `network: cut after ${bytes} bytes ${direction}`,
      run: async (stages) =>
        (await stages.network()).play((proxy) => {
          proxy.cutAll();
          proxy.cutAt(direction, bytes);
        }),
    };
  });
  return [...faults, ...cuts, ...agentTrials(random)];
}

function agentTrials(random: () => number): Trial[] {
  const faults = allAgentCases(random).map(
    (each): Trial => ({
      kind: `agents, ${kindOf(each, each.fault)}`,
      name: `agents: ${nameOfAgentCase(each)}`,
      run: async (stages) => (await stages.agents()).play(each),
    }),
  );
  const storms = agentStorms(random).map(
    ({ kind, name, run }): Trial => ({
      kind: `agents, network: ${kind}`,
      name: `agents: network: ${name}`,
      run: async (stages) => run(await stages.agents()),
    }),
  );
  return [...faults, ...storms];
}

async function tryAll(trials: readonly Trial[], stages: Stages, untilMs: number, counts: Map<string, Count>) {
  for (const { kind, name, run } of trials) {
    if (Date.now() > untilMs) return false;
    const count = counts.get(kind) ?? { passed: 0, failed: 0, durationsMs: [] };
    counts.set(kind, count);
    const startedMs = performance.now();
    try {
      await run(stages);
      count.passed += 1;
    } catch (error) {
      count.failed += 1;
      console.log(`FAIL ${name}\n${(error as Error).stack}\n`);
      await stages.close();
    }
    count.durationsMs.push(performance.now() - startedMs);
  }
  return true;
}

const sum = (counts: readonly Count[], key: 'passed' | 'failed') =>
  counts.reduce((total, count) => total + count[key], 0);
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function report(counts: ReadonlyMap<string, Count>, passages: ReadonlyMap<string, number>): string {
  const rows = [...counts].map(([kind, { passed, failed, durationsMs }]) => [
    kind,
    `${passed + failed}`,
    `${failed}`,
    `${(median(durationsMs) / MS_PER_SECOND).toFixed(1)} s`,
    `${(Math.max(...durationsMs) / MS_PER_SECOND).toFixed(1)} s`,
  ]);
  const all = [...counts.values()];
  const total = ['all', `${sum(all, 'passed') + sum(all, 'failed')}`, `${sum(all, 'failed')}`, '', ''];
  const never = Object.keys(FAULT_POINTS).filter((point) => !passages.has(point));
  const points = `${Object.keys(FAULT_POINTS).length} fault points; not passed: ${never.join(', ') || 'none'}`;
  return `${table([['fault', 'cases', 'failed', 'median', 'longest'], ...rows.sort(), total])}\n\n${points}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
      only: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const startedMs = Date.now();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  console.log(`Chaos of commit ${commit}, seed ${values.seed}, ${values.minutes} minutes\n`);
  const built: Build = await build();
  const counts = new Map<string, Count>();
  const passages = new Map<string, number>();
  const untilMs = Date.now() + Number(values.minutes) * MS_PER_MINUTE;
  let rounds = 0;
  try {
    for (let seed = Number(values.seed); Date.now() < untilMs; seed += 1) {
      const stages = new Stages(seed, built.main);
      const random = randomFrom(seed);
      // In any order, so that a short run is a fair sample, and each case finds another state.
      const chosen = trialsOf(seed).filter(({ kind }) => kind.includes(values.only));
      const order = chosen.map((trial) => ({ trial, key: random() }));
      const trials = order.sort((a, b) => a.key - b.key).map(({ trial }) => trial);
      const isWhole = await tryAll(trials, stages, untilMs, counts).finally(() => stages.close());
      addTo(passages, stages.passages);
      if (isWhole) rounds += 1;
    }
  } finally {
    built.remove();
  }
  const minutes = ((Date.now() - startedMs) / MS_PER_MINUTE).toFixed(1);
  console.log(`${report(counts, passages)}\n${rounds} whole rounds in ${minutes} minutes`);
  if (sum([...counts.values()], 'failed') > 0) process.exitCode = 1;
}

await main();
