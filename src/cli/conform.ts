import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CLUSTER_KEY } from '../config/schema/cluster-section.ts';
import { fileSystemError } from '../config/system-words.ts';
import { DEFAULT_PEER_TIMEOUT_MS } from '../conform/limits.ts';
import { type ConformReport, showsConformance } from '../conform/report.ts';
import type { Target } from '../conform/target.ts';
import type { WalkOptions } from '../conform/walk-all.ts';
import type { DialectName } from '../protocol/dialects/dialect.ts';
import { type CertificateFiles, readCertificate } from './conform-certificate.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { jsonOption } from './home-option.ts';
import { printJson } from './output.ts';
import { SLOW_MS, tellSlow } from './tell-slow.ts';

interface Options {
  role: 'master' | 'worker';
  host: string;
  port: number;
  key?: string;
  keyFile?: string;
  dialect: DialectName;
  cluster: string;
  wazuhVersion: string;
  only?: RegExp;
  timeout?: number;
  patience?: number;
  idleTimeout?: number;
  agents?: true;
  tls: boolean;
  certificate?: string;
  privateKey?: string;
  authority?: string;
  active?: true;
  patient?: true | number;
  json?: true;
}

const HELP = `
It plays the other side, along paths that are made from the machines conform-* of the catalogue (\`muster machines\`), and
tells of each path on which the implementation does what its model does not allow. Each path is a connection of its own.
docs/conformance.md tells what is looked at, and how to read the report.

Of a master it is a worker by a name of its own, conform- and four digits, under which the master lists a worker for as long
as it runs, and may keep a directory. Without --active no rows and no files are sent, and nothing that the master has is
changed. With it metadata of no files and of the master's own are sent, for which the master sends all of its files, and
agent-info without agents.

Of a worker, with --role worker, it is a master: it listens where --host and --port say, and the worker has to be told to
connect there, again and again. It gives no permission but on the paths that are about one. With --active the worker is sent
one file, which is taken away again, and agent-groups without agents, by which its agents lose theirs. What a worker has to
do by itself, keepalives and asking for permission, has to come within the idle timeout, two minutes unless said otherwise:
where it does not, that departs. Agent-info has to come with --agents; without it, it may.

With --patient it also says nothing where something is due, until the other side has to give up: 20 seconds for an answer, two
minutes for a file or a keepalive, unless it was set otherwise. Each such path takes as long as that, or twice as long where
nothing comes. --patient 10 is for a node whose longest time-out is 10 seconds (timeout_receiving_file,
max_allowed_time_without_keepalive).

Where nodes trust certificates (security.transport is certificate) it needs one, made for it by the same authority, and no
key. It goes by the name in it, then: a node of that name must not run meanwhile, and a worker must have it as
security.master_name.

Exit code 0: something was walked to its end, and nothing departs. 1: something does, or nothing could be walked to its end,
or nobody is there to be tested. 2: the command line is wrong.

Examples:
  $ muster conform --port 1516 --key-file key.txt
  $ MUSTER_KEY=<the key> muster conform --host 10.0.0.1 --dialect wazuh4 --wazuh-version 4.7.5 --json
  $ muster conform --key-file key.txt --only 'conform-hello: .*twin'
  $ muster conform --role worker --host 0.0.0.0 --key-file key.txt
  $ muster conform --certificate conform.crt --private-key conform.key --authority ca.crt
`;
const DEFAULT_PORT = 1516;
const MAX_PORT = 65_535;
const MAX_TIMEOUT_S = 3_600;

/** `muster conform`: whether an implementation does what the machines say. */
export function conformCommand(): Command {
  return new Command('conform')
    .summary('test whether a running node does what the protocol demands')
    .description(
      'Plays a worker against a master, or a master against a worker, and tells where that departs.',
    )
    .option('--host <host>', 'where the master listens, or where a worker is awaited', '127.0.0.1')
    .option('--port <n>', 'the port there', whole(1, MAX_PORT), DEFAULT_PORT)
    .addOption(new Option('--key <key>', 'the key of its cluster, 32 characters').env('MUSTER_KEY'))
    .option('--key-file <file>', 'a file that holds the key: others see command lines')
    .addOption(
      new Option('--dialect <name>', 'what is spoken').choices(['muster', 'wazuh4']).default('muster'),
    )
    .addOption(
      new Option('--role <role>', 'what the implementation is')
        .choices(['master', 'worker'])
        .default('master'),
    )
    .option('--cluster <name>', 'the name of its cluster', 'wazuh')
    .option('--wazuh-version <version>', 'the version that its workers have to have; of wazuh4', '4.7.5')
    .option('--only <pattern>', 'only paths whose line this regular expression matches', pattern)
    .option('--timeout <seconds>', 'what one path may take', whole(1, MAX_TIMEOUT_S))
    .option('--patience <seconds>', 'how long a worker may take to connect', whole(1, MAX_TIMEOUT_S))
    .option(
      '--idle-timeout <seconds>',
      'how long a worker may take to do what it has to do by itself',
      whole(1, MAX_TIMEOUT_S),
    )
    .option('--agents', 'agents of the worker report: it has to tell of them')
    .option('--no-tls', 'speak without TLS, as with the transport `none`; of muster')
    .option(
      '--certificate <file>',
      'the certificate to show where nodes trust certificates, in PEM; of muster',
    )
    .option('--private-key <file>', 'the private key of that certificate')
    .option('--authority <file>', 'the authority that has signed it, and the certificates of the nodes')
    .option('--active', 'send rows and files too')
    .option(
      '--patient [seconds]',
      'wait for its time-outs too, of which the longest takes so many seconds (default: 120)',
      whole(1, MAX_TIMEOUT_S),
    )
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { only, json } = options;
  const target = targetIn(options);
  const report = await (options.role === 'master' ? testMaster : testWorker)(target, options);
  if ([report.paths, report.notWalked, report.failed].every(({ length }) => length === 0))
    throw new UsageError(`no path matches ${only}`);
  if (json) printJson(report);
  else (await import('./conform-report.ts')).tell(report);
  if (!showsConformance(report)) process.exitCode = ExitCode.failed;
}

function targetIn(options: Options): Target {
  const { host, port, dialect, cluster, tls, wazuhVersion: release } = options;
  const target = { host, port, dialect, cluster, isPlain: !tls, release };
  const files = certificateFilesIn(options);
  if (files === null) return { ...target, key: keyIn(options) };
  if (dialect !== 'muster' || !tls) throw new UsageError('certificates are of the dialect muster, with TLS');
  if (options.keyFile !== undefined) throw new UsageError('where nodes trust certificates there is no key');
  return { ...target, key: '', certificate: readCertificate(files) };
}

function certificateFilesIn({ certificate, privateKey, authority }: Options): CertificateFiles | null {
  if (certificate !== undefined && privateKey !== undefined && authority !== undefined)
    return { certificate, privateKey, authority };
  if (certificate ?? privateKey ?? authority)
    throw new UsageError('--certificate, --private-key and --authority go together');
  return null;
}

const walkOptions = ({ only, timeout, active, patient }: Options) => ({
  isActive: active ?? false,
  ...(patient !== undefined && {
    peerTimeoutMs: patient === true ? DEFAULT_PEER_TIMEOUT_MS : patient * 1000,
  }),
  ...(only !== undefined && { only }),
  ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
});

async function testMaster(target: Target, options: Options): Promise<ConformReport> {
  const ofWorkers = {
    '--patience': options.patience,
    '--idle-timeout': options.idleTimeout,
    '--agents': options.agents,
  };
  for (const [option, value] of Object.entries(ofWorkers))
    if (value !== undefined) throw new UsageError(`${option} is for --role worker`);
  const { conform } = await import('../conform/conform.ts');
  return conform(target, { ...walkOptions(options), ...tellingWaits(SLOW_MS) });
}

async function testWorker(target: Target, options: Options): Promise<ConformReport> {
  const { conformWorker } = await import('../conform/worker/conform-worker.ts');
  const { patience, idleTimeout, agents = false } = options;
  return conformWorker(target, {
    ...walkOptions(options),
    // Somebody has to tell the worker where to connect.
    ...tellingWaits(0),
    hasAgents: agents,
    ...(patience !== undefined && { patienceMs: patience * 1000 }),
    ...(idleTimeout !== undefined && { idleTimeoutMs: idleTimeout * 1000 }),
  });
}

/** Tells what is waited for when it takes long. `slowMs`: how long that is the first time. */
function tellingWaits(slowMs: number): Pick<WalkOptions, 'onPath' | 'aroundWait'> {
  let nextSlowMs = slowMs;
  let progress = '';
  return {
    onPath: (_, left) => {
      progress = ` (${left} paths are left)`;
    },
    aroundWait: (what, timeoutMs, work) => {
      const told = tellSlow(what + progress, Math.ceil(timeoutMs / 1_000) * 1_000, work, nextSlowMs);
      nextSlowMs = SLOW_MS;
      return told;
    },
  };
}

function keyIn({ key, keyFile }: Options): string {
  if (keyFile !== undefined && key !== undefined && process.env.MUSTER_KEY !== key)
    throw new UsageError('--key and --key-file say the same twice');
  const text = keyFile === undefined ? key : contentOf(keyFile);
  if (text === undefined)
    throw new UsageError('a key is needed: --key, --key-file or MUSTER_KEY; or a certificate: --certificate');
  const found = text.trim();
  if (!CLUSTER_KEY.test(found)) throw new UsageError('a cluster key has 32 letters and digits');
  return found;
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw fileSystemError(path, error);
  }
}

function whole(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
  };
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new InvalidArgumentError('no regular expression');
  }
}
