import { INFO_COLUMNS, type InfoColumn, NUMBER_COLUMNS } from '../columns.ts';
import { type InfoObject, isLabel } from '../info-chunk.ts';
import type { AgentLabel } from '../store.ts';
import { CommandError } from './arguments.ts';
import type { AgentDatabase, Row } from './database.ts';

const SELECT_LABELS = 'SELECT id, key, value FROM labels WHERE id = ? ORDER BY key';
const COLUMNS = INFO_COLUMNS.join(', ');
export const SELECT_UNSYNCED = `SELECT ${COLUMNS} FROM agent WHERE sync_status = 'syncreq' AND id > ? ORDER BY id`;
const SELECT_ONE = `SELECT ${COLUMNS} FROM agent WHERE id = ? AND sync_status = 'syncreq'`;

/** Every column but the id is written. */
const WRITTEN = INFO_COLUMNS.filter((column) => column !== 'id');
const SET = WRITTEN.map((column) => `${column} = ?`).join(', ');
const UPDATE = `UPDATE agent SET ${SET}, sync_status = 'synced' WHERE id = ?`;
const UPDATE_IF_NEWER = `${UPDATE} AND coalesce(last_keepalive, 0) <= ?`;

/** An agent as it travels: its columns that are not NULL, and its labels if it has any. */
export function infoText(database: AgentDatabase, row: Row): string {
  const kept: Record<string, unknown> = {};
  for (const column of INFO_COLUMNS) {
    const value = row[column];
    if (value !== null) kept[column] = value;
  }
  const labels = database.all(SELECT_LABELS, Number(row.id));
  if (labels.length > 0) kept.labels = labels;
  return JSON.stringify(kept);
}

/** The text of an agent that is not synced; null if it is, or does not exist. */
export function unsyncedText(database: AgentDatabase, id: number): string | null {
  const row = database.get(SELECT_ONE, id);
  return row === undefined ? null : infoText(database, row);
}

export function markSynced(database: AgentDatabase, id: number): void {
  database.run("UPDATE agent SET sync_status = 'synced' WHERE id = ?", id);
}

/** Writes an agent as another node told it; false if it does not exist here, or is newer here and that counts. */
export function writeInfo(
  database: AgentDatabase,
  agent: InfoObject,
  { onlyIfNewer }: { onlyIfNewer: boolean },
): boolean {
  const values = WRITTEN.map((column) => columnValue(column, agent[column]));
  const changed = onlyIfNewer
    ? database.run(UPDATE_IF_NEWER, ...values, agent.id, agent.last_keepalive ?? 0)
    : database.run(UPDATE, ...values, agent.id);
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
  const present = database.all(SELECT_LABELS, id);
  if (isSame(present, labels)) return;
  database.run('DELETE FROM labels WHERE id = ?', id);
  for (const { key, value } of labels) {
    database.run('INSERT INTO labels (id, key, value) VALUES (?, ?, ?)', id, key, value);
  }
}

const isSame = (present: readonly Row[], labels: readonly AgentLabel[]) =>
  present.length === labels.length &&
  present.every(({ key, value }, index) => key === labels[index]?.key && value === labels[index]?.value);
