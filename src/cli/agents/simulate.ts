import { Command, InvalidArgumentError, Option } from 'commander';
import type { ConfiguredHome } from '../../simulate/homes.ts';
import { MAX_SIMULATED_AGENTS, MAX_SIMULATED_GROUPS, MAX_SIMULATED_RATE } from '../../simulate/limits.ts';
import { ExitCode, RefusedError, UsageError } from '../exit-code.ts';
import { jsonOption } from '../home-option.ts';
import { print, printJson } from '../output.ts';

interface SimulateOptions {
  home: string[];
  count: number;
  rate?: number;
  seconds?: number;
  seed?: number;
  groups: number;
  json?: true;
}

const DEFAULT_COUNT = 100;
const DEFAULT_GROUPS = 5;
/** Agents send a keepalive about every ten seconds. */
const KEEPALIVE_PERIOD_S = 10;
const MAX_SECONDS = 86_400;
const MAX_SEED = 4_294_967_295;

const HELP = `
For trying a cluster, not for one in use. The homes are those of running nodes on this machine, the master's first. The
agents, sim-00001 and so on, are registered in its etc/client.keys, put into groups, and connect to all of these nodes;
then each in turn sends a keepalive, and now and then is updated, put into other groups, leaves, and returns, to its node
or to another one. They stay registered in the end, and the next play takes them again.

With the home of a worker alone, it plays those that the master of this worker has registered in an earlier play.

The same seed gives the same play. A store that is too slow slows it down. Ctrl-C ends it. Exit code 1: something failed;
the errors are counted by their codes.

Examples:
  $ muster agents simulate --home /tmp/master --home /tmp/worker1 --count 1000
  $ muster agents simulate --home /tmp/master --home /tmp/worker1 --count 10000 --rate 1000 --seconds 60 --json
`;

/** `muster agents simulate`: agents that are not there. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .summary('play agents that are not there')
    .description('Plays any number of agents against the agent stores of running nodes.')
    .addOption(
      new Option('--home <dir>', 'the home of a node, the master first; may be given several times')
        .env('MUSTER_HOME')
        .argParser((dir: string, before: string[] = []) => [...before, dir])
        .makeOptionMandatory(),
    )
    .option('--count <n>', 'how many agents', whole(1, MAX_SIMULATED_AGENTS), DEFAULT_COUNT)
    .option(
      '--rate <n>',
      `what all of them do together, a second (default: each once in ${KEEPALIVE_PERIOD_S} seconds)`,
      whole(1, MAX_SIMULATED_RATE),
    )
    .option(
      '--seconds <n>',
      'how long, when all have connected (default: until Ctrl-C)',
      whole(1, MAX_SECONDS),
    )
    .option('--seed <n>', 'what chance is made of (default: a new one)', whole(0, MAX_SEED))
    .option(
      '--groups <n>',
      'how many groups are made for them',
      whole(0, MAX_SIMULATED_GROUPS),
      DEFAULT_GROUPS,
    )
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (options: SimulateOptions) => {
      process.exitCode = await run(options);
    });
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function run({ home, json, ...options }: SimulateOptions): Promise<number> {
  const { readHome } = await import('../../simulate/homes.ts');
  const { playAgents } = await import('./play-agents.ts');
  const homes = await Promise.all(home.map(readHome));
  checkHomes(homes);
  const ended = new AbortController();
  const end = () => ended.abort(new Error('interrupted'));
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    const { count, rate = Math.ceil(count / KEEPALIVE_PERIOD_S), seconds, groups } = options;
    const seed = options.seed ?? Math.floor(Math.random() * MAX_SEED);
    const report = await playAgents(
      homes,
      { prefix: 'sim', count, rate, groups, seed },
      { signal: ended.signal, say: json ? () => {} : print, ...(seconds !== undefined && { seconds }) },
    );
    if (json) printJson(report);
    return report.errors === 0 ? ExitCode.ok : ExitCode.failed;
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
  }
}

function checkHomes(homes: readonly ConfiguredHome[]): void {
  const [first, ...others] = homes;
  const twice = homes.find(({ path }, index) => homes.findIndex((home) => home.path === path) !== index);
  if (twice !== undefined) throw new UsageError(`${twice.path} is given twice`);
  if (first?.role === 'worker' && others.length > 0) {
    throw new UsageError(
      `the home of the master has to be the first: ${first.path} is that of worker ${first.nodeName}`,
    );
  }
  const master = others.find(({ role }) => role === 'master');
  if (master !== undefined) throw new UsageError(`${master.path} is the home of a second master`);
  if (first?.role === 'master' && first.registration === 'authd') {
    throw new RefusedError(
      `agents are played in homes in which Muster may write etc/client.keys; in ${first.path} only an authd may (agents.registration in etc/muster.json)`,
    );
  }
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`A whole number from ${min} to ${max} is needed.`);
  };
}
