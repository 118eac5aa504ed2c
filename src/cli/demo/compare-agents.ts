import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentRow, REPORTED } from './agent-rows.ts';

/** The agents of a node. */
export interface NodeRows {
  readonly name: string;
  readonly rows: ReadonlyMap<number, AgentRow>;
}

/** How far a node's agents are from those that the lines of `etc/client.keys` name. */
export async function compareRegistered(home: string, { name, rows }: NodeRows): Promise<string[]> {
  const text = await readFile(join(home, 'etc/client.keys'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '' && !/^\d+ !/.test(line));
  const differences: string[] = [];
  for (const line of lines) {
    const columns = rows.get(Number.parseInt(line, 10))?.columns;
    const found = columns && `${columns.name} ${columns.register_ip} ${columns.internal_key}`;
    if (line.slice(line.indexOf(' ') + 1) !== found)
      differences.push(`${name} has not the agent of: ${line}`);
  }
  if (rows.size !== lines.length) differences.push(`${name} has ${rows.size} agents of ${lines.length}`);
  return differences;
}

/**
 * How far the master's rows are from what nodes were told. Of an agent that was at several nodes, the latest counts. A
 * worker has nobody else's rows, so what names it in its own database was reported there.
 */
export function compareReported(master: NodeRows, workers: readonly NodeRows[]): string[] {
  const differences: string[] = [];
  for (const [id, row] of master.rows) {
    const reports = workers.flatMap((worker) => {
      const report = worker.rows.get(id);
      return report?.columns.node_name === worker.name ? [report] : [];
    });
    if (row.columns.node_name === master.name) reports.push(row);
    const latest = Math.max(...reports.map(heardAt));
    const wanted = reports.filter((report) => heardAt(report) === latest);
    if (wanted.length > 0 && !wanted.some((report) => reportText(report) === reportText(row))) {
      differences.push(
        `the master has ${reportText(row)} and was told ${wanted.map(reportText).join(' or ')}`,
      );
    }
  }
  for (const { name, rows } of workers) {
    const unsynced = [...rows.values()].filter(({ columns }) => columns.sync_status !== 'synced').length;
    if (unsynced > 0)
      differences.push(`${name} has ${unsynced} agents that the master does not know as they are`);
  }
  return differences;
}

const heardAt = ({ columns }: AgentRow) => Number(columns.last_keepalive ?? 0);

const reportText = ({ columns, labels }: AgentRow) =>
  JSON.stringify([...REPORTED.map((column) => columns[column]), labels]);

/** How far a node's groups are from the master's, and from the hashes that they should have. */
export function compareGroups(master: NodeRows, { name, rows }: NodeRows): string[] {
  const differences: string[] = [];
  for (const [id, { groups, columns }] of rows) {
    const wanted = master.rows.get(id)?.groups.join();
    const csv = groups.length === 0 ? null : groups.join();
    if (wanted !== groups.join()) differences.push(`${name} has agent ${id} in ${csv}, not in ${wanted}`);
    if (columns.group !== csv)
      differences.push(`${name} lists agent ${id} in ${columns.group}, not in ${csv}`);
    if (columns.group_hash !== hashOf(csv)) {
      differences.push(`${name} has ${columns.group_hash} as hash of ${csv}`);
    }
  }
  const unsent = [...rows.values()].filter(({ columns }) => columns.group_sync_status !== 'synced').length;
  if (unsent > 0) differences.push(`${name} has ${unsent} agents whose groups are still to be told`);
  return differences;
}

/** Hexadecimal digits of the hash of one agent's groups. */
const GROUP_HASH_CHARS = 8;

function hashOf(csv: string | null): string | null {
  return csv === null ? null : createHash('sha256').update(csv).digest('hex').slice(0, GROUP_HASH_CHARS);
}

/** The checksum over the groups of all agents; null where no agent has any. */
export function groupsChecksum({ rows }: NodeRows): string | null {
  const hashes = [...rows.values()]
    .map(({ groups }) => hashOf(groups.join() || null))
    .filter((hash) => hash !== null);
  return hashes.length === 0 ? null : createHash('sha1').update(hashes.join('')).digest('hex');
}
