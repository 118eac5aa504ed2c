import { Command } from 'commander';
import type { RoundReply, StatusReply } from '../local/status-reply.ts';
import { errorTable, MusterError } from '../protocol/errors.ts';
import { homeOption, jsonOption } from './home-option.ts';
import {
  describeFailure,
  duration,
  inStepWord,
  print,
  printable,
  printJson,
  shortDigest,
  table,
} from './output.ts';

const HELP = `
On a master, a worker of Wazuh 4.x tells no digest of its files: it is IN STEP by what its last check found, and ? stands for
one that had none yet.

Examples:
  $ muster status --home /var/ossec
  $ muster status --home /var/ossec --json
`;

/** Of a scan that fails. */
const KEEPS_KNOWN = 'The files count as they were known before.';

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
    const last = lastRound(status);
    facts.push(['last sync', last === null ? '—' : `${describeRound(last)} (${last.startedAt})`]);
  } else {
    facts.push(['listens on', status.address ?? '—'], ['workers', String(status.workers.length)]);
  }
  facts.push(...troubleOfFiles(status));
  const text = facts.map(([name, value]) => `${name.padEnd(12)}${printable(value)}`).join('\n');
  return status.workers.length === 0 ? text : `${text}\n\n${workersTable(status)}`;
}

function notConnected({ masterFailure }: StatusReply): string {
  if (masterFailure === null) return 'not connected';
  return `not connected: ${describeFailure(masterFailure)} (${masterFailure.at})`;
}

/** What stands in the way of its look at its own files, and what to do. */
function troubleOfFiles({ scanFailure, leftOut }: StatusReply): [string, string][] {
  const facts: [string, string][] = [];
  if (scanFailure !== null) {
    facts.push(
      ['files fail', `since ${scanFailure.since}: ${describeFailure(scanFailure)}`],
      ['', `${KEEPS_KNOWN} ${errorTable[scanFailure.code]?.remedy ?? ''}`],
    );
  }
  if (leftOut.count > 0)
    facts.push([
      'left out',
      leftOut.count === 1 ? '1 file or directory' : `${leftOut.count} files and directories`,
    ]);
  for (const { path, message, since } of leftOut.files) facts.push(['', `${path}: ${message} (${since})`]);
  return facts;
}

function workersTable({ workers }: StatusReply): string {
  return table(
    ['WORKER', 'VERSION', 'ADDRESS', 'DIGEST', 'IN STEP', 'LAST SYNC'],
    workers.map((worker) => [
      worker.name,
      worker.version,
      worker.ip,
      shortDigest(worker.digest),
      inStepWord(worker.inStep),
      describeRound(lastRound(worker)),
    ]),
  );
}

interface LastRounds {
  readonly lastCheck: RoundReply | null;
  readonly lastSync: RoundReply | null;
}

/** The last sync, or the check that has failed since. */
export function lastRound({ lastCheck, lastSync }: LastRounds): RoundReply | null {
  if (lastCheck === null || lastCheck.failure === null) return lastSync;
  return lastSync !== null && lastSync.startedAt > lastCheck.startedAt ? lastSync : lastCheck;
}

/** `synced in 0.016s: +3 ~1 -0` */
export function describeRound(round: RoundReply | null): string {
  if (round === null) return '—';
  const { outcome, durationSeconds, created, updated, deleted, failure } = round;
  const took = `${durationSeconds.toFixed(3)}s`;
  return failure === null
    ? `${outcome} in ${took}: +${created} ~${updated} -${deleted}`
    : `${outcome} after ${took}: ${describeFailure(failure)}`;
}
