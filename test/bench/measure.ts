import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { System } from './bench-node.ts';
import { type ScenarioResult, summarise } from './results.ts';
import type { Sample, Scenario } from './scenario.ts';

export interface MeasureOptions {
  repetitions: number;
  /** Where CPU profiles go; null writes none. */
  profile: string | null;
  /** Hears of each run that has ended. */
  progress(text: string): void;
}

/** Runs a scenario as often as is wanted; the original, where it is at hand, in turn with Muster. */
export async function measure(
  scenario: Scenario,
  muster: System,
  original: System | null,
  { repetitions, profile, progress }: MeasureOptions,
): Promise<ScenarioResult> {
  if (profile !== null) mkdirSync(profile, { recursive: true });
  const samples: Sample[] = [];
  const originals: Sample[] = [];
  const run = async (system: System, i: number) => {
    const startedMs = performance.now();
    const profilePrefix = profile === null ? null : join(profile, `${scenario.name}-${i}`);
    const sample = await scenario.run({ system, profilePrefix });
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    progress(`${scenario.name} ${i}/${repetitions}, ${system.name}: ${seconds} s`);
    return sample;
  };
  for (let i = 1; i <= repetitions; i += 1) {
    samples.push(await run(muster, i));
    if (original !== null && !scenario.isMusterAlone) originals.push(await run(original, i));
  }
  return summarise(scenario, samples, originals);
}
