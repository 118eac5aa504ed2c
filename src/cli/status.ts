import { Command } from 'commander';
import type { StatusReply, SyncReply } from '../local/status-reply.ts';
import { MusterError } from '../protocol/errors.ts';
import { homeOption, jsonOption } from './home-option.ts';
import { duration, print, printable, printJson, shortDigest, table } from './output.ts';

const HELP = `
Examples:
  $ muster status --home /var/ossec
  $ muster status --home /var/ossec --json
`;

/** `muster status`: how a node is. */
export function statusCommand(): Command {
  return new Command('status')
    .summary('tell how a node is')
    .description('Tells how a node is: role, digest of its files, connections, last syncs.')
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (options: { home: string; json?: true }) => {
      const { localRequest } = await import('../local/client.ts');
      const { statusReply } = await import('../local/status-reply.ts');
      const reply = await localRequest(options.home, 'get_status', {});
      if (options.json) return printJson(reply);
      const status = statusReply.safeParse(reply);
      if (!status.success) throw new MusterError(3108, 'the daemon describes its status in an unknown way');
      print(describeStatus(status.data));
    });
}

/** For people. */
export function describeStatus(status: StatusReply): string {
  const facts: [string, string][] = [
    ['node', `${status.name} (${status.role}) of cluster ${status.cluster}`],
    ['version', status.version],
    ['process', `${status.pid ?? '—'}, up ${duration(status.uptimeSeconds)}`],
    ['files', `${status.files ?? '—'}, digest ${shortDigest(status.digest)}`],
  ];
  if (status.role === 'worker') {
    const { master } = status;
    facts.push(['master', master === null ? notConnected(status) : `${master.name} at ${master.address}`]);
    facts.push(['last sync', describeSync(status.lastSync)]);
  } else {
    facts.push(['listens on', status.address ?? '—'], ['workers', String(status.workers.length)]);
  }
  const text = facts.map(([name, value]) => `${name.padEnd(12)}${printable(value)}`).join('\n');
  return status.workers.length === 0 ? text : `${text}\n\n${workersTable(status)}`;
}

function notConnected({ masterFailure }: StatusReply): string {
  if (masterFailure === null) return 'not connected';
  const { at, code, message } = masterFailure;
  return `not connected: Error ${code} - ${message} (${at})`;
}

function workersTable({ workers }: StatusReply): string {
  return table(
    ['WORKER', 'VERSION', 'ADDRESS', 'DIGEST', 'IN STEP', 'LAST SYNC'],
    workers.map((worker) => [
      worker.name,
      worker.version,
      worker.ip,
      shortDigest(worker.digest),
      worker.inStep ? 'yes' : 'no',
      describeSync(worker.lastSync),
    ]),
  );
}

/** `synced in 0.016s: +3 ~1 -0` */
export function describeSync(sync: SyncReply | null): string {
  if (sync === null) return '—';
  if (sync.failure !== null)
    return `${sync.outcome} after ${sync.durationSeconds.toFixed(3)}s: ${sync.failure.message}`;
  const changes = `+${sync.created} ~${sync.updated} -${sync.deleted}`;
  return `${sync.outcome} in ${sync.durationSeconds.toFixed(3)}s: ${changes}`;
}
