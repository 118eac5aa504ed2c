import type { SQLOutputValue } from 'node:sqlite';
import {
  INFO_COLUMNS,
  type InfoColumn,
  KEEPALIVE_COLUMNS,
  NUMBER_COLUMNS,
  WORKER_COLUMNS,
} from '../columns.ts';
import { type InfoObject, isKeepalive, isLabel, latestS } from '../info-chunk.ts';
import type { AgentLabel } from '../store.ts';
import { CommandError } from './arguments.ts';
import type { AgentDatabase } from './database.ts';

const SELECT_LABELS = 'SELECT key, value FROM labels WHERE id = ? ORDER BY key';

/** The connection status of an agent that has left, or was silent for too long. */
const DISCONNECTED = 'disconnected';
/** Columns of an index, which is written anew with them whether they change or not. */
const INDEXED: readonly InfoColumn[] = ['name', 'ip'];
const set = (columns: readonly InfoColumn[]) => columns.map((column) => `${column} = ?`).join(', ');

/** How rows get these columns: two statements, with the same values, columns of an index last. */
function writing(columns: readonly InfoColumn[]) {
  const unindexed = columns.filter((column) => !INDEXED.includes(column));
  const indexed = columns.filter((column) => INDEXED.includes(column));
  // What was heard of an agent later than now was heard before the clock of this node was set back. Nobody can tell
  // whether it is newer, and it would keep out all that is told until the clock is where it was.
  // Keepalives have seconds. An agent that goes from one node to another within one is where it is connected, whichever
  // node tells of it last. A node that does not tell its clock is right about agents that are its own, even if it was put
  // back.
  const where = `id = ? AND (coalesce(last_keepalive, 0) < ? OR last_keepalive > ?
    OR coalesce(last_keepalive, 0) = ? AND (node_name IS ? OR ? <> '${DISCONNECTED}')
    OR node_name = ?)`;
  const isSame = indexed.map((column) => `${column} IS ?`).join(' AND ');
  return {
    columns: [...unindexed, ...indexed],
    /** Where those of an index are the same already. */
    same: `UPDATE agent SET ${set(unindexed)}, sync_status = 'synced' WHERE ${isSame} AND ${where}`,
    all: `UPDATE agent SET ${set([...unindexed, ...indexed])}, sync_status = 'synced' WHERE ${where}`,
  };
}

/** What another node tells; what a program of this machine does, which may write everything that the original writes. */
const WRITING = {
  node: writing(WORKER_COLUMNS),
  program: writing(INFO_COLUMNS.filter((column) => column !== 'id')),
} as const;

/** Whoever reads or writes agents. */
export type InfoUser = keyof typeof WRITING;

/**
 * Writes an agent as it was told; false if it does not exist here, or a node told it and it is newer here. `mostBehindS`
 * where that node does not tell its clock: how far it may be behind.
 */
export function writeInfo(
  database: AgentDatabase,
  agent: InfoObject,
  user: InfoUser,
  mostBehindS: number | null = null,
): boolean {
  const { columns, same, all } = WRITING[user];
  const values = columns.map((column) => columnValue(column, agent[column]));
  const newest = user === 'node' ? latestS(agent, mostBehindS) : Number.POSITIVE_INFINITY;
  const { node_name: node, connection_status: status } = agent;
  const own = mostBehindS === null ? null : textOrNull(node);
  const order = [agent.id, newest, database.nowS, newest, textOrNull(node), textOrNull(status) ?? '', own];
  // Agents seldom change their names and addresses.
  const changed = database.run(same, ...values, ...order) || database.run(all, ...values, ...order);
  if (changed === 0) return false;
  if (Array.isArray(agent.labels)) replaceLabels(database, agent.id, agent.labels);
  database.heldProfiles.set(agent.id, user === 'node' ? agent.profile : undefined);
  return true;
}

/** What became of a chunk's agent. `wanted`: it is to be told as a whole. */
export type InfoOutcome = 'updated' | 'stale' | 'unknown' | 'wanted';

const KEEP = `UPDATE agent SET ${set(KEEPALIVE_COLUMNS)}, sync_status = 'synced'
  WHERE id = ? AND (coalesce(last_keepalive, 0) <= ? OR last_keepalive > ?)`;
/** Of an agent that was and is connected, with nothing to say of it: a third less work than to write all of them again. */
const USUAL = Object.entries({
  connection_status: 'active',
  disconnection_time: 0,
  group_config_status: 'synced',
  status_code: 0,
});
const literal = (value: string | number) => (typeof value === 'number' ? value : `'${value}'`);
const KEEP_USUAL = `UPDATE agent SET last_keepalive = ?1 WHERE id = ?2 AND (coalesce(last_keepalive, 0) <= ?1 OR last_keepalive > ?3)
  AND sync_status = 'synced' AND ${USUAL.map(([column, value]) => `${column} IS ${literal(value)}`).join(' AND ')}`;
const isUsual = (agent: InfoObject) => USUAL.every(([column, value]) => agent[column] === value);
const SELECT_SEEN = 'SELECT coalesce(last_keepalive, 0) FROM agent WHERE id = ?';

/** Writes an agent that a node told, or its keepalive alone if that is what came: who tells that tells its clock as well. */
export function writeTold(
  database: AgentDatabase,
  agent: InfoObject,
  mostBehindS: number | null,
): InfoOutcome {
  const { id, last_keepalive: toldS = 0 } = agent;
  const { nowS } = database;
  const isAlone = isKeepalive(agent);
  const isHeld = isAlone && database.heldProfiles.has(id, agent.profile);
  if (isHeld) {
    if (isUsual(agent) && database.run(KEEP_USUAL, toldS, id, nowS) > 0) return 'updated';
    const values = KEEPALIVE_COLUMNS.map((column) => columnValue(column, agent[column]));
    if (database.run(KEEP, ...values, id, toldS, nowS) > 0) return 'updated';
  } else if (!isAlone && writeInfo(database, agent, 'node', mostBehindS)) return 'updated';
  const [seen] = database.tuples(SELECT_SEEN, id);
  if (seen === undefined) return 'unknown';
  const seenS = Number(seen[0]);
  return isAlone && !isHeld && (seenS <= toldS || seenS > nowS) ? 'wanted' : 'stale';
}

const textOrNull = (value: unknown) => (typeof value === 'string' ? value : null);

/** What is absent or of no use becomes NULL. */
function columnValue(column: InfoColumn, value: unknown): string | number | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return null;
  return NUMBER_COLUMNS.has(column) ? Math.trunc(value) : String(value);
}

/** All labels of an agent. What is the same already is not written again. */
export function replaceLabels(database: AgentDatabase, id: number, labels: readonly unknown[]): void {
  if (!labels.every(isLabel)) throw new CommandError(`Invalid labels of agent ${id}`);
  const present = database.tuples(SELECT_LABELS, id);
  if (isSame(present, labels)) return;
  database.run('DELETE FROM labels WHERE id = ?', id);
  for (const { key, value } of labels) {
    database.run('INSERT INTO labels (id, key, value) VALUES (?, ?, ?)', id, key, value);
  }
}

const isSame = (present: readonly SQLOutputValue[][], labels: readonly AgentLabel[]) =>
  present.length === labels.length &&
  present.every(([key, value], index) => key === labels[index]?.key && value === labels[index]?.value);
