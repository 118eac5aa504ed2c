import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { build } from '../bench/installation.ts';
import { musterSystem } from '../bench/systems/muster.ts';
import { wazuhSystem } from '../bench/systems/wazuh.ts';
import { WazuhFramework } from '../harness/wazuh-framework.ts';
import type { Check, Trial } from './check.ts';
import { agentChecks } from './checks/agents.ts';
import { fileChecks } from './checks/files.ts';
import { lifeChecks } from './checks/lives.ts';
import { requestChecks } from './checks/requests.ts';
import { toolChecks } from './checks/tools.ts';
import { InteropCluster, type Systems } from './cluster.ts';
import { type Combination, combinations } from './combinations.ts';
import { Original } from './original.ts';
import { type CheckResult, renderReport, writeReport } from './report.ts';

const HELP = `Usage: npm run interop -- --wazuh-framework DIR [options]

Runs nodes of Muster and of an existing Wazuh 4.x together, and checks what they have to be able to do for each other.

  --wazuh-framework DIR  a folder that holds the original's Python framework (wazuh/core); its API beside it
  --python FILE          the Python that runs it (default: python3)
  --only NAMES           these combinations only, of ${combinations.map(({ name }) => name).join(', ')}
  --write-docs           writes the report into docs/compatibility.md
`;

const checks: readonly Check[] = [
  ...fileChecks,
  ...agentChecks,
  ...toolChecks,
  ...requestChecks,
  ...lifeChecks,
];
const say = (text: string) => process.stdout.write(`${text}\n`);

/** All checks over one cluster; one that fails leaves the others. */
async function runAll(
  combination: Combination,
  systems: Systems,
  original: Original,
): Promise<CheckResult[]> {
  const { name, master, workers } = combination;
  say(`\n${name}: master ${master}, workers ${workers.join(', ')}`);
  const cluster = await InteropCluster.start(systems, master, workers);
  const results: CheckResult[] = [];
  try {
    for (const check of checks) results.push(await runOne(check, combination, { cluster, original }));
  } finally {
    await cluster.close();
  }
  return results;
}

async function runOne(check: Check, combination: Combination, trial: Trial): Promise<CheckResult> {
  const startedMs = performance.now();
  const result = (outcome: CheckResult['outcome']): CheckResult => ({
    check: check.name,
    combination: combination.name,
    outcome,
    seconds: (performance.now() - startedMs) / 1000,
  });
  const why = check.skips?.(combination.master, combination.workers) ?? null;
  if (why !== null) {
    say(`  skipped  ${check.name}: ${why}`);
    return result({ skipped: why });
  }
  try {
    await check.run(trial);
    const passed = result('passed');
    say(`  passed   ${check.name} (${passed.seconds.toFixed(1)} s)`);
    return passed;
  } catch (error) {
    say(`  FAILED   ${check.name}: ${(error as Error).message}\n${trial.cluster.tails()}`);
    return result('failed');
  }
}

function chosen(only: string | undefined): readonly Combination[] {
  if (only === undefined) return combinations;
  const names = only.split(',');
  const unknown = names.find((name) => !combinations.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`there is no combination ${unknown}`);
  return combinations.filter(({ name }) => names.includes(name));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      'wazuh-framework': { type: 'string' },
      python: { type: 'string', default: 'python3' },
      only: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    say(HELP);
    return 0;
  }
  const directory = values['wazuh-framework'];
  if (directory === undefined) {
    say('Skipped: --wazuh-framework names no directory with the original (see --help).');
    return 0;
  }
  const picked = chosen(values.only);
  const original = new Original(new WazuhFramework(directory, values.python));
  const installation = build();
  process.on('exit', installation.remove);
  const systems = {
    muster: musterSystem(installation),
    original: await wazuhSystem(directory, values.python),
  };
  const results: CheckResult[] = [];
  for (const combination of picked) results.push(...(await runAll(combination, systems, original)));
  say(`\n${renderReport(results, picked)}`);
  if (values['write-docs']) {
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
    const day = new Date().toISOString().slice(0, 10);
    writeReport(results, picked, { version: original.version, commit, day });
  }
  return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`The trial did not end: ${(error as Error).message}\n`);
  process.exit(2);
}
