import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { storePath } from '../../agents/paths.ts';

/** What of an agent travels from workers to the master; labels beside. */
export const REPORTED = [
  'id',
  'name',
  'ip',
  'os_name',
  'os_version',
  'os_major',
  'os_minor',
  'os_codename',
  'os_build',
  'os_platform',
  'os_uname',
  'os_arch',
  'version',
  'config_sum',
  'merged_sum',
  'manager_host',
  'node_name',
  'last_keepalive',
  'connection_status',
  'disconnection_time',
  'group_config_status',
  'status_code',
] as const;

/** What a node's database says of an agent. */
export interface AgentRow {
  readonly columns: Readonly<Record<string, SQLOutputValue>>;
  /** `key=value`, by key. */
  readonly labels: readonly string[];
  /** By priority. */
  readonly groups: readonly string[];
}

/**
 * Reads the agents of a home straight from its database. Deliberately not the code of the daemon: what verifies it must
 * not share its mistakes.
 */
export function readAgentRows(home: string): Map<number, AgentRow> {
  const database = opened(storePath(home, 'database'));
  try {
    // One state of the database for all three tables.
    database.exec('BEGIN');
    const labels = textsById(database, "SELECT id, key || '=' || value AS text FROM labels ORDER BY id, key");
    const groups = textsById(
      database,
      'SELECT id_agent AS id, name AS text FROM belongs JOIN `group` ON `group`.id = id_group ORDER BY id_agent, priority',
    );
    const rows = database.prepare('SELECT * FROM agent WHERE id > 0 ORDER BY id').all();
    return new Map(
      rows.map((columns) => {
        const id = Number(columns.id);
        return [id, { columns, labels: labels.get(id) ?? [], groups: groups.get(id) ?? [] }];
      }),
    );
  } finally {
    database.close();
  }
}

function opened(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly: true });
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function textsById(database: DatabaseSync, sql: string): Map<number, string[]> {
  const texts = new Map<number, string[]>();
  for (const { id, text } of database.prepare(sql).all()) {
    const known = texts.get(Number(id));
    if (known) known.push(String(text));
    else texts.set(Number(id), [String(text)]);
  }
  return texts;
}
