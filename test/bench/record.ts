import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { PrimitiveResult } from './primitives.ts';
import type { ScenarioResult } from './results.ts';
import { loopRows, primitiveRows, rows } from './table.ts';

const FILE = new URL('../../docs/benchmarks.json', import.meta.url);

/** What a run was done on, and beside what. */
export interface Conditions {
  readonly machine: string;
  /** The load of the machine before, as `uptime` tells it. */
  readonly load: string;
  readonly repetitions: number;
  readonly hasOriginal: boolean;
}

/** The figures of one scenario as the tables show them, and how they came to be. */
export interface Entry extends Conditions {
  readonly measuredOn: string;
  readonly commit: string;
  readonly rows: readonly (readonly string[])[];
  readonly loopRows: readonly (readonly string[])[];
}

/** The last figures of each scenario by its name. A run of a few scenarios replaces theirs and leaves the others. */
export interface BenchRecord {
  readonly primitives: readonly (readonly string[])[];
  readonly entries: Readonly<Record<string, Entry>>;
}

/** Enters what a run has measured, and returns the whole. */
export function enter(
  conditions: Conditions,
  results: readonly ScenarioResult[],
  primitives: readonly PrimitiveResult[],
): BenchRecord {
  const before = read();
  const commit = git('rev-parse', '--short', 'HEAD');
  const measuredOn = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  const entries = results.map((result): [string, Entry] => [
    result.scenario.name,
    { ...conditions, measuredOn, commit, rows: rows([result]), loopRows: loopRows([result]) },
  ]);
  const record = {
    primitives: primitives.length > 0 ? primitiveRows(primitives) : before.primitives,
    entries: { ...before.entries, ...Object.fromEntries(entries) },
  };
  writeFileSync(FILE, `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

function read(): BenchRecord {
  if (!existsSync(FILE)) return { primitives: [], entries: {} };
  return JSON.parse(readFileSync(FILE, 'utf8')) as BenchRecord;
}

const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
