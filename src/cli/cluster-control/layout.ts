import type { ReplyOf } from '../../protocol/commands.ts';
import { printable } from '../output.ts';

type Health = ReplyOf<'get_health'>;
type NodeHealth = Health['nodes'][string];

/** Columns two wider than their longest cell, the last one too. Layout: the original's. */
export function controlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head.map((name) => name.toUpperCase()), ...rows.map((row) => row.map(printable))];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)) + 2);
  return all.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('')).join('\n');
}

/** One line a worker. */
export function healthSummary(clusterName: string, health: Health): string {
  const lines = byName(health).flatMap(([name, { info, status }]) => {
    if (status === undefined) return [];
    const parts = [
      `Integrity check: ${status.last_check_integrity.date_end_master}`,
      `Integrity sync: ${status.last_sync_integrity.date_end_master}`,
      `Agents-info: ${status.last_sync_agentinfo.date_end_master}`,
      `Agent-groups: ${status.last_sync_agentgroup.date_end}`,
      `Agent-groups full: ${status.last_sync_full_agentgroup.date_end}`,
      `Last keep alive: ${status.last_keep_alive}.`,
    ];
    return [`    ${name} (${info.ip}): ${parts.join(' | ')}\n`];
  });
  const head = `Last completed synchronization for connected nodes (${health.n_connected_nodes}):`;
  return `Cluster name: ${clusterName}\n\n${head}\n${lines.join('')}`;
}

/** A paragraph a node. */
export function healthDetails(clusterName: string, health: Health): string {
  const nodes = byName(health).map(([name, node]) => `\n    ${name} (${node.info.ip})\n${detailsOf(node)}`);
  return `Cluster name: ${clusterName}\n\nConnected nodes (${health.n_connected_nodes}):\n${nodes.join('')}`;
}

const byName = ({ nodes }: Health) => Object.entries(nodes).sort(([a], [b]) => (a < b ? -1 : 1));

function detailsOf({ info, status }: NodeHealth): string {
  const lines = [
    `        Version: ${info.version}`,
    `        Type: ${info.type}`,
    `        Active agents: ${info.n_active_agents ?? 'n/a'}`,
  ];
  if (status !== undefined) lines.push('        Status:', ...statusLines(status));
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function statusLines(status: NonNullable<NodeHealth['status']>): string[] {
  const { last_check_integrity: check, last_sync_integrity: sync, last_sync_agentinfo: agents } = status;
  const { shared, missing, extra } = sync.total_files;
  const groups = (
    title: string,
    { date_start, date_end, n_synced_chunks }: typeof status.last_sync_agentgroup,
  ) => [
    `            ${title}:`,
    `                Last synchronization: ${span(date_start, date_end)}.`,
    `                Number of synchronized chunks: ${n_synced_chunks}.`,
  ];
  return [
    '            Last keep Alive:',
    `                Last received: ${status.last_keep_alive}.`,
    '            Integrity check:',
    `                Last integrity check: ${span(check.date_start_master, check.date_end_master)}.`,
    `                Permission to check integrity: ${word(status.sync_integrity_free)}.`,
    '            Integrity sync:',
    `                Last integrity synchronization: ${span(sync.date_start_master, sync.date_end_master)}.`,
    `                Synchronized files: Shared: ${shared} | Missing: ${missing} | Extra: ${extra}.`,
    '            Agents-info:',
    `                Last synchronization: ${span(agents.date_start_master, agents.date_end_master)}.`,
    `                Number of synchronized chunks: ${agents.n_synced_chunks}.`,
    `                Permission to synchronize agent-info: ${word(status.sync_agent_info_free)}.`,
    ...groups('Agents-groups', status.last_sync_agentgroup),
    ...groups('Agents-groups full', status.last_sync_full_agentgroup),
  ];
}

const word = (value: boolean) => (value ? 'True' : 'False');

/** Less is told as this. */
const SHORTEST_S = 0.0005;

function span(start: string, end: string): string {
  const seconds = secondsOf(end) - secondsOf(start);
  const took = Number.isNaN(seconds) ? 'n/a' : `${seconds >= SHORTEST_S ? pythonNumber(seconds) : 0.001}s`;
  return `${took} (${start} - ${end})`;
}

/** Dates may tell microseconds, which JavaScript's do not. */
function secondsOf(date: string): number {
  const [, whole = '', fraction = '0'] = /^([^.]+?)(?:\.(\d+))?Z$/.exec(date) ?? [];
  return Date.parse(`${whole}Z`) / 1000 + Number(`0.${fraction}`);
}

/** Three decimals without trailing zeros, but one: `0.5`, `2.0`. */
function pythonNumber(value: number): string {
  const text = String(Math.round(value * 1000) / 1000);
  return text.includes('.') ? text : `${text}.0`;
}
