import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';

const DEFAULT_REPETITIONS = 5;
/** Beside the scenarios. */
const PRIMITIVES = 'primitives';
const NAMES = [PRIMITIVES, ...scenarios.map(({ name }) => name)].join(', ');

export const HELP = `npm run bench -- [options]

Does each piece of work with real processes and prints medians beside the original's figures. The figures mean
something on a machine that does nothing else.

  --repetitions N          runs of each scenario (${DEFAULT_REPETITIONS})
  --only NAME,NAME         only these: ${NAMES}
  --from-sources           measure the sources, not what is built from them
  --json FILE              write the figures as JSON too
  --write-docs             enter the figures into docs/benchmarks.json and the tables of docs/benchmarks.md; with --only
                           the others stay as they are
  --profile DIR            write CPU profiles of all nodes and threads; they slow the nodes down
  --wazuh-framework DIR    run the original's daemon, by its Python framework in DIR, in turn with Muster, and print its
                           figures instead of those of another day
  --python PATH            the Python that runs it (python3)
`;

export interface BenchOptions {
  readonly repetitions: number;
  readonly scenarios: readonly Scenario[];
  /** Whether what the machine can do is measured as well. */
  readonly hasPrimitives: boolean;
  readonly fromSources: boolean;
  readonly json: string | null;
  readonly writesDocs: boolean;
  readonly profile: string | null;
  readonly wazuhFramework: string | null;
  readonly python: string;
}

/** Null if help is wanted. Throws in words for a person. */
export function readOptions(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repetitions: { type: 'string', default: String(DEFAULT_REPETITIONS) },
      only: { type: 'string' },
      'from-sources': { type: 'boolean', default: false },
      json: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
      profile: { type: 'string' },
      'wazuh-framework': { type: 'string' },
      python: { type: 'string', default: 'python3' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const repetitions = Number(values.repetitions);
  if (!Number.isInteger(repetitions) || repetitions < 1) {
    throw new Error('--repetitions takes a whole number from 1');
  }
  const only = values.only?.split(',') ?? null;
  const isOther = values.profile !== undefined || values['from-sources'];
  if (values['write-docs'] && isOther) {
    throw new Error('--write-docs takes a run of what is built, without --from-sources and --profile');
  }
  return {
    repetitions,
    scenarios: chosen(only),
    hasPrimitives: only?.includes(PRIMITIVES) ?? true,
    fromSources: values['from-sources'],
    json: values.json ?? null,
    writesDocs: values['write-docs'],
    profile: values.profile === undefined ? null : resolve(values.profile),
    wazuhFramework: values['wazuh-framework'] ?? null,
    python: values.python,
  };
}

function chosen(only: readonly string[] | null): readonly Scenario[] {
  if (only === null) return scenarios;
  return only.flatMap((name) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    if (scenario === undefined && name !== PRIMITIVES)
      throw new Error(`no scenario is called ${name}; there are ${NAMES}`);
    return scenario ?? [];
  });
}
