import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { System } from './bench-node.ts';
import { type ScenarioResult, summarise } from './results.ts';
import type { RunContext, Sample, Scenario } from './scenario.ts';

export interface MeasureOptions {
  repetitions: number;
  /** Where CPU profiles go; null writes none. */
  profile: string | null;
  /** Hears of each run that has ended. */
  progress(text: string): void;
}

type Measured = Pick<RunContext, 'system' | 'workerSystem'>;

/**
 * Runs a scenario as often as is wanted; the original, where it is at hand, in turn with Muster. Null for one that needs
 * the original, where it is not.
 */
export async function measure(
  scenario: Scenario,
  muster: System,
  original: System | null,
  { repetitions, profile, progress }: MeasureOptions,
): Promise<ScenarioResult | null> {
  const measured = measuredIn(scenario, muster, original);
  if (measured === null) {
    progress(`${scenario.name} is skipped: it needs the original, which --wazuh-framework names`);
    return null;
  }
  if (profile !== null) mkdirSync(profile, { recursive: true });
  const samples: Sample[] = [];
  const originals: Sample[] = [];
  const run = async (what: Measured, i: number) => {
    const startedMs = performance.now();
    const profilePrefix = profile === null ? null : join(profile, `${scenario.name}-${i}`);
    const sample = await scenario.run({ ...what, profilePrefix });
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    progress(`${scenario.name} ${i}/${repetitions}, ${nameOf(what)}: ${seconds} s`);
    return sample;
  };
  for (let i = 1; i <= repetitions; i += 1) {
    samples.push(await run(measured, i));
    if (original !== null && !scenario.isMusterAlone) originals.push(await run({ system: original }, i));
  }
  return summarise(scenario, samples, originals);
}

function measuredIn(scenario: Scenario, muster: System, original: System | null): Measured | null {
  if (scenario.pairing === undefined) return { system: muster };
  return original && scenario.pairing(muster, original);
}

const nameOf = ({ system, workerSystem }: Measured) =>
  workerSystem === undefined ? system.name : `${system.name} with workers of ${workerSystem.name}`;
