import { Command, InvalidArgumentError } from 'commander';
import type { StepReport } from './demo/steps.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { jsonOption } from './home-option.ts';
import { inspectPort } from './inspect-port.ts';
import { print, printJson } from './output.ts';

interface DemoOptions {
  workers: number;
  files: number;
  agents: number;
  rate: number;
  once: boolean;
  keep: boolean;
  inspect?: true | string;
  json?: true;
}

const MAX_WORKERS = 50;
const MAX_FILES = 200_000;
const MAX_AGENTS = 100_000;
const MAX_RATE = 10_000;

const HELP = `
Every node is a process of its own, with its home in a temporary folder and sample rules, decoders, lists and groups in
the master's. They listen on loopback only. Agents are played: they are registered on the master, and report to all nodes.
Processes and folder are gone when the demonstration ends, unless it is killed with SIGKILL; of a node that does not start
the last warnings and errors are told, and the folder stays, with its log.

A node that ends, because somebody kills it, is started again after a moment. The number of agents is at least 1.

With --once it starts the cluster, syncs it, edits, creates, deletes and renames files on the master, registers agents,
lets them report, changes their groups, edits a file on a worker, kills a worker and the master without warning and starts
them again, and then compares all sets byte for byte, and all agents and their groups row by row.
Exit code 0: all are equal and every step went well. 1: something differs; the summary tells what.

Examples:
  $ muster demo                                # a live table; Ctrl-C ends it
  $ muster demo --workers 5 --files 10000
  $ muster demo --inspect                      # and watch the machines of the nodes
  $ muster demo --once --json
`;

/** `muster demo`: a cluster to look at. */
export function demoCommand(): Command {
  return new Command('demo')
    .summary('start a cluster in a temporary folder and watch it')
    .description(
      'Starts a master and workers as real processes in a temporary folder and shows changes arrive.',
    )
    .option('--workers <n>', 'how many workers', wholeUpTo(MAX_WORKERS), 3)
    .option('--files <n>', 'how many sample files', wholeUpTo(MAX_FILES), 300)
    .option('--agents <n>', 'how many agents are played', wholeUpTo(MAX_AGENTS), 200)
    .option('--rate <n>', 'what all agents do together, a second', wholeUpTo(MAX_RATE), 40)
    .option('--once', 'play it once without a terminal, compare all sets, and end', false)
    .option('--keep', 'leave the folder there', false)
    .option(
      '--inspect [port]',
      'have the machines of each node watched on a page of its own, the master at this port, the workers at the next ones (default port: 9230)',
    )
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (options: DemoOptions) => {
      if (options.json && !options.once) throw new UsageError('--json needs --once');
      process.exitCode = await runDemo(options);
    });
}

async function runDemo(options: DemoOptions): Promise<number> {
  const port = inspectPort(options.inspect, options.workers);
  const { DemoCluster } = await import('./demo/demo-cluster.ts');
  const ended = new AbortController();
  const end = () => ended.abort(new Error('interrupted'));
  for (const signal of SIGNALS) process.on(signal, end);
  const cluster = await DemoCluster.create({ ...options, inspectPort: port });
  try {
    return options.once
      ? await once(cluster, options, ended.signal)
      : await live(cluster, options, ended.signal);
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    return options.once ? ExitCode.failed : ExitCode.ok;
  } finally {
    await cluster.close();
    for (const signal of SIGNALS) process.off(signal, end);
    if (cluster.isKept) process.stderr.write(`The folder is still there: ${cluster.folder}\n`);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Cluster = import('./demo/demo-cluster.ts').DemoCluster;

async function once(cluster: Cluster, options: DemoOptions, signal: AbortSignal): Promise<number> {
  const { playOnce } = await import('./demo/once.ts');
  const { describeReport, describeStep } = await import('./demo/summary.ts');
  if (!options.json)
    print(
      `A cluster of ${options.workers} workers, ${options.files} files and ${options.agents} agents in ${cluster.folder}\n`,
    );
  const onStep = (step: StepReport) => options.json || print(describeStep(step));
  const report = await playOnce(cluster, options, onStep, signal);
  if (options.json) printJson(report);
  else print(`\n${describeReport(report)}`);
  return report.equal ? ExitCode.ok : ExitCode.failed;
}

async function live(cluster: Cluster, options: DemoOptions, signal: AbortSignal): Promise<number> {
  const { playLive } = await import('./demo/live.ts');
  await playLive(cluster, options, signal);
  return ExitCode.ok;
}

function wholeUpTo(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
    throw new InvalidArgumentError(`A whole number from 1 to ${max} is needed.`);
  };
}
