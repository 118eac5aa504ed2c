import type { SQLOutputValue } from 'node:sqlite';
import { INFO_COLUMNS, type InfoColumn, NUMBER_COLUMNS, WORKER_COLUMNS } from '../columns.ts';
import { type InfoObject, isLabel } from '../info-chunk.ts';
import type { AgentInfoRow, AgentLabel } from '../store.ts';
import { CommandError } from './arguments.ts';
import type { AgentDatabase } from './database.ts';
import { rowJson } from './row-json.ts';

const SELECT_LABELS = 'SELECT key, value FROM labels WHERE id = ? ORDER BY key';

const LABELS = `SELECT json_group_array(json_object('id', id, 'key', key, 'value', value))
  FROM (SELECT id, key, value FROM labels WHERE labels.id = agent.id ORDER BY key)`;
/** An agent with its columns that are not NULL. */
const textWith = (labels: string) =>
  rowJson(
    INFO_COLUMNS.map((name) => ({ name, isNumber: NUMBER_COLUMNS.has(name) })),
    { labels: `(${labels})` },
  );
/** As it travels between nodes: with its labels, also if it has none any more, since labels that are not told stay. */
const TEXT = textWith(LABELS);
/** As the original tells it: labels if there are any. */
const PROGRAM_TEXT = textWith(`${LABELS} HAVING count(*) > 0`);
const selectUnsynced = (text: string) =>
  `SELECT id, ${text} FROM agent WHERE sync_status = 'syncreq' AND id > ? ORDER BY id`;
const SELECT_UNSYNCED = { node: selectUnsynced(TEXT), program: selectUnsynced(PROGRAM_TEXT) } as const;
const MARK = "UPDATE agent SET sync_status = 'synced' WHERE id = ?";
const MARK_IF_SAME = `${MARK} AND sync_status = 'syncreq' AND ${TEXT} = ?`;

/** The connection status of an agent that has left, or was silent for too long. */
const DISCONNECTED = 'disconnected';
/** Columns of an index, which is written anew with them whether they change or not. */
const INDEXED: readonly InfoColumn[] = ['name', 'ip'];
const set = (columns: readonly InfoColumn[]) => columns.map((column) => `${column} = ?`).join(', ');

/** How rows get these columns: two statements, with the same values, columns of an index last. */
function writing(columns: readonly InfoColumn[]) {
  const unindexed = columns.filter((column) => !INDEXED.includes(column));
  const indexed = columns.filter((column) => INDEXED.includes(column));
  // Keepalives have seconds. An agent that goes from one node to another within one is where it is connected, whichever
  // node tells of it last.
  const where = `id = ? AND (coalesce(last_keepalive, 0) < ?
    OR coalesce(last_keepalive, 0) = ? AND (node_name IS ? OR ? <> '${DISCONNECTED}'))`;
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

/** Agents above this id that are not synced, each with its text, by ascending id. */
export function* unsyncedInfo(
  database: AgentDatabase,
  afterId: number,
  user: InfoUser,
): Generator<AgentInfoRow, void> {
  for (const [id, text] of database.iterateTuples(SELECT_UNSYNCED[user], afterId)) {
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

/** Writes an agent as it was told; false if it does not exist here, or a node told it and it is newer here. */
export function writeInfo(database: AgentDatabase, agent: InfoObject, user: InfoUser): boolean {
  const { columns, same, all } = WRITING[user];
  const values = columns.map((column) => columnValue(column, agent[column]));
  const newest = user === 'node' ? (agent.last_keepalive ?? 0) : Number.POSITIVE_INFINITY;
  const { node_name: node, connection_status: status } = agent;
  const order = [agent.id, newest, newest, textOrNull(node), textOrNull(status) ?? ''];
  // Agents seldom change their names and addresses.
  const changed = database.run(same, ...values, ...order) || database.run(all, ...values, ...order);
  if (changed === 0) return false;
  if (Array.isArray(agent.labels)) replaceLabels(database, agent.id, agent.labels);
  return true;
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
