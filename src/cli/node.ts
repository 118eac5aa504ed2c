import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { stuckThreads } from '../agents/embedded/thread-end.ts';
import { inHome } from '../config/home.ts';
import type { LogLevel } from '../config/node-config.ts';
import { ExitCode } from './exit-code.ts';
import { homeOption } from './home-option.ts';
import { inspectPort } from './inspect-port.ts';
import { print } from './output.ts';

interface NodeOptions {
  home: string;
  debug: number;
  insecure: boolean;
  test: boolean;
  inspect?: true | string;
  record?: true | string;
  log: 'auto' | 'look' | 'json' | 'none';
}

/**
 * The daemon's own, whatever it is started with. What it makes says its mode itself; this takes nothing from those of the
 * configuration, so that a file has its mode from its first instant, and whatever says none is nobody else's.
 */
const UMASK = 0o007;

const HELP = `
The log goes to standard output and to logs/cluster.log in the home; the latter is put away as
logs/cluster/<year>/<month>/cluster.log-<day>.gz when the day changes. SIGHUP opens it anew,
and has the keys of the cluster taken up that the configuration has now.
SIGTERM and SIGINT end the node in order: transfers are cancelled, the peers are told, locks are freed.
Should a thread of its database hang within the system, the process ends itself by SIGTERM then, or by SIGKILL if it failed.
A second node on the same home is refused (exit code 5). A cluster that is disabled in etc/ossec.conf
ends at once with exit code 0.

Examples:
  $ muster node --home /var/ossec
  $ muster node --home /var/ossec -t             # is the configuration right?
  $ muster node --home /tmp/worker1 -d           # names of files that are created, updated and deleted
`;

/** `muster node`: the daemon, in the foreground. */
export function nodeCommand(): Command {
  return new Command('node')
    .summary('run the node of a home, in the foreground')
    .description('Runs the node of a home, in the foreground, until it is told to end.')
    .addOption(homeOption())
    .option('-d, --debug', 'log more: once for debug, twice for debug2 (with stacks of errors)', count, 0)
    .addOption(
      new Option(
        '--log <form>',
        'standard output: the look of the file, JSON, or nothing; auto asks the terminal',
      )
        .choices(['auto', 'look', 'json', 'none'])
        .default('auto'),
    )
    .option(
      '--insecure',
      'allow connections off loopback although security is "none" in etc/muster.json',
      false,
    )
    .option(
      '--inspect [port]',
      'serve a page on which the machines of the node are watched while they run, on loopback only (default port: 9230)',
    )
    .option(
      '--record [file]',
      'keep the last of what its machines and frames do, for `muster trace` (default: logs/machines.trace in the home)',
    )
    .option('-t, --test', 'check the configuration, and run nothing', false)
    .addHelpText('after', HELP)
    .action(async (options: NodeOptions) => {
      if (options.test) return await testConfiguration(options);
      const { runNode } = await import('../node/run.ts');
      process.umask(UMASK);
      const code = await runNode({
        home: options.home,
        logLevel: levelOf(options.debug),
        insecure: options.insecure,
        terminal: options.log,
        inspectPort: inspectPort(options.inspect),
        recording: recordingOf(options),
      });
      process.exitCode = code;
      if (stuckThreads() > 0) process.kill(process.pid, code === ExitCode.ok ? 'SIGTERM' : 'SIGKILL');
    });
}

/** Rejects with what is wrong, as a start would. */
async function testConfiguration({ home, insecure }: NodeOptions): Promise<void> {
  const { loadConfig } = await import('../config/load.ts');
  const { checkBindAddress } = await import('../node/bind-address.ts');
  const { clusterTransport } = await import('../node/transports.ts');
  const config = await loadConfig(home);
  for (const warning of config.warnings) process.stderr.write(`muster: ${warning}\n`);
  if (!config.disabled) {
    await checkBindAddress(config);
    clusterTransport(config, insecure);
  }
  const { role, nodeName, clusterName } = config;
  print(
    config.disabled
      ? 'The configuration is right; the cluster is disabled in etc/ossec.conf.'
      : `The configuration is right: ${role} ${nodeName} of cluster ${clusterName}.`,
  );
}

const count = (_: string, before: number) => before + 1;

/** Without `-d` the internal options of the home decide. */
function levelOf(debug: number): LogLevel | null {
  if (debug === 0) return null;
  return debug === 1 ? 'debug' : 'debug2';
}

const recordingOf = ({ record, home }: NodeOptions): string | null => {
  if (record === undefined) return null;
  return resolve(record === true ? inHome(home, 'recording') : record);
};
