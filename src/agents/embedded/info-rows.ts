import type { SQLOutputValue } from 'node:sqlite';
import { INFO_COLUMNS, type InfoColumn, NUMBER_COLUMNS } from '../columns.ts';
import { type InfoObject, isLabel } from '../info-chunk.ts';
import type { AgentInfoRow, AgentLabel } from '../store.ts';
import { CommandError } from './arguments.ts';
import type { AgentDatabase } from './database.ts';
import { rowJson } from './row-json.ts';

const SELECT_LABELS = 'SELECT key, value FROM labels WHERE id = ? ORDER BY key';

const LABELS = `(SELECT json_group_array(json_object('id', id, 'key', key, 'value', value))
  FROM (SELECT id, key, value FROM labels WHERE labels.id = agent.id ORDER BY key) HAVING count(*) > 0)`;
/** An agent as it travels: its columns that are not NULL, and its labels if it has any. */
const TEXT = rowJson(
  INFO_COLUMNS.map((name) => ({ name, isNumber: NUMBER_COLUMNS.has(name) })),
  { labels: LABELS },
);
const SELECT_UNSYNCED = `SELECT id, ${TEXT} FROM agent WHERE sync_status = 'syncreq' AND id > ? ORDER BY id`;
const MARK = "UPDATE agent SET sync_status = 'synced' WHERE id = ?";
const MARK_IF_SAME = `${MARK} AND sync_status = 'syncreq' AND ${TEXT} = ?`;

/** Columns of an index, which is written anew with them whether they change or not. */
const INDEXED: readonly InfoColumn[] = ['name', 'ip'];
const UNINDEXED = INFO_COLUMNS.filter((column) => column !== 'id' && !INDEXED.includes(column));
/** Every column but the id. */
const WRITTEN = [...UNINDEXED, ...INDEXED];
const set = (columns: readonly InfoColumn[]) => columns.map((column) => `${column} = ?`).join(', ');
const IF_NEWER = 'coalesce(last_keepalive, 0) <= ?';
const UPDATE = `UPDATE agent SET ${set(WRITTEN)}, sync_status = 'synced' WHERE id = ? AND ${IF_NEWER}`;
const UPDATE_UNINDEXED = `UPDATE agent SET ${set(UNINDEXED)}, sync_status = 'synced'
  WHERE ${INDEXED.map((column) => `${column} IS ?`).join(' AND ')} AND id = ? AND ${IF_NEWER}`;

/** Agents above this id that are not synced, each with its text, by ascending id. */
export function* unsyncedInfo(database: AgentDatabase, afterId: number): Generator<AgentInfoRow, void> {
  for (const [id, text] of database.iterateTuples(SELECT_UNSYNCED, afterId)) {
    yield { id: Number(id), text: String(text) };
  }
}

export function markSynced(database: AgentDatabase, id: number): void {
  database.run(MARK, id);
}

/** True if it was not synced, and still has this text. */
export function markIfSame(database: AgentDatabase, { id, text }: AgentInfoRow): boolean {
  return database.run(MARK_IF_SAME, id, text) > 0;
}

/** Writes an agent as another node told it; false if it does not exist here, or is newer here and that counts. */
export function writeInfo(
  database: AgentDatabase,
  agent: InfoObject,
  { onlyIfNewer }: { onlyIfNewer: boolean },
): boolean {
  const values = WRITTEN.map((column) => columnValue(column, agent[column]));
  const newest = onlyIfNewer ? (agent.last_keepalive ?? 0) : Number.POSITIVE_INFINITY;
  // Agents seldom change their names and addresses.
  const changed =
    database.run(UPDATE_UNINDEXED, ...values, agent.id, newest) ||
    database.run(UPDATE, ...values, agent.id, newest);
  if (changed === 0) return false;
  if (Array.isArray(agent.labels)) replaceLabels(database, agent.id, agent.labels);
  return true;
}

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
