import { Command } from 'commander';
import type { ReplyOf } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import { homeOption, jsonOption } from './home-option.ts';
import { print, printable, printJson, table } from './output.ts';

type NodeHealth = ReplyOf<'get_health'>['nodes'][string];

interface HealthOptions {
  home: string;
  more: boolean;
  json?: true;
}

const HELP = `
Times are those of the master, in UTC. A worker passes the question on to its master.

Examples:
  $ muster health --home /var/ossec
  $ muster health worker1 --more --home /var/ossec
`;

/** `muster health`: what each node did last. */
export function healthCommand(): Command {
  return new Command('health')
    .summary('tell what each node synchronised last, and when')
    .description('Tells what each node synchronised last, and when, by asking the running daemon of a home.')
    .argument('[node]', 'one node; without it all')
    .option('--more', 'everything that is known of each node', false)
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (node: string | undefined, { home, more, json }: HealthOptions) => {
      const { localRequest } = await import('../local/client.ts');
      const reply = await localRequest(home, 'get_health', { nodes: node === undefined ? null : [node] });
      if (node !== undefined && reply.nodes[node] === undefined) throw new MusterError(1730, node);
      if (json) printJson(reply);
      else if (more) print(Object.values(reply.nodes).map(describeNode).join('\n\n'));
      else print(healthTable(reply));
    });
}

const HEAD = ['NODE', 'TYPE', 'ADDRESS', 'AGENTS', 'KEEPALIVE', 'CHECK', 'SYNC', 'AGENT INFO', 'GROUPS'];

function healthTable({ nodes }: ReplyOf<'get_health'>): string {
  return table(
    HEAD,
    Object.values(nodes).map(({ info, status }) => [
      info.name,
      info.type,
      info.ip,
      String(info.n_active_agents ?? '—'),
      ...(status === undefined
        ? ['—', '—', '—', '—', '—']
        : [
            status.last_keep_alive,
            status.last_check_integrity.date_end_master,
            status.last_sync_integrity.date_end_master,
            status.last_sync_agentinfo.date_end_master,
            status.last_sync_agentgroup.date_end,
          ].map(timeOfDay)),
    ]),
  );
}

/** Without the date if it is of today; `—` for what has not happened. */
function timeOfDay(date: string): string {
  if (Number.isNaN(Date.parse(date))) return '—';
  const [day, time = ''] = date.split('T');
  const isToday = day === new Date().toISOString().slice(0, 10);
  return isToday ? time.slice(0, 8) : `${day} ${time.slice(0, 8)}`;
}

function describeNode({ info, status }: NodeHealth): string {
  const facts: [string, string][] = [
    ['version', info.version],
    ['address', info.ip],
    ['active agents', String(info.n_active_agents ?? 'not known')],
  ];
  if (status !== undefined) {
    const { last_sync_integrity: sync, last_sync_agentinfo: agents } = status;
    const { missing, shared, extra } = sync.total_files;
    facts.push(
      ['last keepalive', status.last_keep_alive],
      ['integrity check', span(status.last_check_integrity)],
      ['integrity sync', `${span(sync)}, +${missing} ~${shared} -${extra}`],
      ['agent info', `${span(agents)}, ${agents.n_synced_chunks} chunks`],
      ['agent groups', groupSpan(status.last_sync_agentgroup)],
      ['all groups', groupSpan(status.last_sync_full_agentgroup)],
      ['under way', underWay(status)],
    );
  }
  const lines = facts.map(([name, value]) => `  ${name.padEnd(17)}${printable(value)}`);
  return [`${info.name} (${info.type})`, ...lines].join('\n');
}

const span = ({
  date_start_master,
  date_end_master,
}: {
  date_start_master: string;
  date_end_master: string;
}) => took(date_start_master, date_end_master);

const groupSpan = (sync: { date_start: string; date_end: string; n_synced_chunks: number }) =>
  `${took(sync.date_start, sync.date_end)}, ${sync.n_synced_chunks} chunks`;

function took(start: string, end: string): string {
  const seconds = (Date.parse(end) - Date.parse(start)) / 1000;
  if (Number.isNaN(Date.parse(start))) return 'never';
  return Number.isNaN(seconds) ? `since ${start}` : `${seconds.toFixed(3)}s, ended ${end}`;
}

function underWay(status: NonNullable<NodeHealth['status']>): string {
  const busy = [
    !status.sync_integrity_free && 'integrity',
    !status.sync_agent_info_free && 'agent info',
  ].filter((name) => name !== false);
  return busy.length === 0 ? 'nothing' : busy.join(', ');
}
