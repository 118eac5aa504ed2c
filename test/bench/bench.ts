import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import type { System } from './bench-node.ts';
import { BASE } from './cluster.ts';
import { writeDocs } from './docs.ts';
import { build, sources } from './installation.ts';
import { describeMachine } from './machine.ts';
import { measure } from './measure.ts';
import { type BenchOptions, HELP, readOptions } from './options.ts';
import { measurePrimitives } from './primitives.ts';
import { type Conditions, enter } from './record.ts';
import type { ScenarioResult } from './results.ts';
import { scenarios } from './scenarios/index.ts';
import { musterSystem } from './systems/muster.ts';
import { wazuhSystem } from './systems/wazuh.ts';
import { renderTables } from './table.ts';

const progress = (text: string) => process.stderr.write(`${text}\n`);

/** The original, or null with a word about it: without it the figures of another day stand in the table. */
async function originalOf({ wazuhFramework, python }: BenchOptions): Promise<System | null> {
  if (wazuhFramework === null) return null;
  try {
    return await wazuhSystem(wazuhFramework, python);
  } catch (error) {
    progress(`The original is left out: ${(error as Error).message}`);
    return null;
  }
}

function told({ machine, load, repetitions, hasOriginal }: Conditions): string {
  const original = hasOriginal
    ? 'the original ran in turn with Muster'
    : "the original's figures are those of another day";
  return `${machine}; load ${load} before; files on ${BASE}; TLS by pre-shared key; medians of ${repetitions} runs; ${original}.`;
}

async function bench(options: BenchOptions): Promise<void> {
  const { repetitions, profile } = options;
  const original = await originalOf(options);
  if (!options.fromSources) progress('building …');
  const installation = options.fromSources ? sources : build();
  process.on('exit', installation.remove);
  const muster = musterSystem(installation);
  const load = (loadavg()[0] ?? 0).toFixed(1);
  const primitives = options.hasPrimitives ? await measurePrimitives(repetitions) : [];
  const results: ScenarioResult[] = [];
  for (const scenario of options.scenarios) {
    const result = await measure(scenario, muster, original, { repetitions, profile, progress });
    if (result !== null) results.push(result);
  }
  const conditions: Conditions = {
    machine: describeMachine(),
    load,
    repetitions,
    hasOriginal: original !== null,
  };
  console.log(told(conditions));
  console.log(renderTables(results, primitives));
  if (options.json !== null) {
    writeFileSync(options.json, `${JSON.stringify({ conditions, primitives, results }, null, 2)}\n`);
  }
  if (options.writesDocs) writeDocs(enter(conditions, results, primitives), scenarios);
}

// Who interrupts it wants no processes and folders left.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) console.log(HELP);
  else await bench(options);
} catch (error) {
  progress(`The bench did not end: ${(error as Error).message}`);
  process.exitCode = 1;
}
