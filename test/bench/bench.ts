import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { System } from './bench-node.ts';
import { BASE } from './cluster.ts';
import { build, sources } from './installation.ts';
import { describeMachine } from './machine.ts';
import { type ScenarioResult, summarise } from './results.ts';
import type { RunContext, Sample, Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { musterSystem } from './systems/muster.ts';
import { renderTables } from './table.ts';

const DEFAULT_REPETITIONS = 5;
const HELP = `npm run bench -- [options]

  --repetitions N     runs of each scenario; the table shows medians (${DEFAULT_REPETITIONS})
  --only NAME,NAME    only these: ${scenarios.map(({ name }) => name).join(', ')}
  --from-sources      measure the sources, not what is built from them
  --json FILE         write the figures as JSON too
  --profile DIR       write CPU profiles of all nodes and threads; the figures of such a run are worth little
`;

const { values } = parseArgs({
  options: {
    repetitions: { type: 'string', default: String(DEFAULT_REPETITIONS) },
    only: { type: 'string' },
    'from-sources': { type: 'boolean', default: false },
    json: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const progress = (text: string) => process.stderr.write(`${text}\n`);

function chosen(only: string | undefined): readonly Scenario[] {
  if (only === undefined) return scenarios;
  return only.split(',').map((name) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    if (scenario === undefined) {
      throw new Error(`no scenario is called ${name}; there are ${scenarios.map((s) => s.name).join(', ')}`);
    }
    return scenario;
  });
}

function contextOf(system: System, { name }: Scenario, run: number): RunContext {
  const directory = values.profile === undefined ? null : resolve(values.profile);
  if (directory !== null) mkdirSync(directory, { recursive: true });
  return { system, profilePrefix: directory === null ? null : join(directory, `${name}-${run}`) };
}

async function measure(system: System, scenario: Scenario, repetitions: number): Promise<ScenarioResult> {
  const samples: Sample[] = [];
  for (let run = 1; run <= repetitions; run += 1) {
    const startedMs = performance.now();
    samples.push(await scenario.run(contextOf(system, scenario, run)));
    progress(
      `${scenario.name} ${run}/${repetitions}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
    );
  }
  return summarise(scenario, samples);
}

async function main(): Promise<void> {
  const repetitions = Number(values.repetitions);
  if (!Number.isInteger(repetitions) || repetitions < 1)
    throw new Error('--repetitions takes a whole number from 1');
  const wanted = chosen(values.only);
  if (!values['from-sources']) progress('building …');
  const installation = values['from-sources'] ? sources : build();
  try {
    const system = musterSystem(installation);
    const results: ScenarioResult[] = [];
    for (const scenario of wanted) results.push(await measure(system, scenario, repetitions));
    const machine = describeMachine();
    console.log(`${machine}; files on ${BASE}, TLS by pre-shared key; medians of ${repetitions} runs`);
    console.log(renderTables(results));
    if (values.json !== undefined) {
      writeFileSync(values.json, `${JSON.stringify({ machine, repetitions, results }, null, 2)}\n`);
    }
  } finally {
    installation.remove();
  }
}

if (values.help) console.log(HELP);
else await main();
