import type { DatabaseSync } from 'node:sqlite';
import { agentGroupHash } from './hashes.ts';
import { INDEX_DEFINITIONS, SET_VERSION, TABLE_DEFINITIONS, TABLES, type TableName } from './schema.ts';

const OLD_PREFIX = 'before_migration_';

/**
 * Brings a database of an older version to this one, after a copy of it was put beside it. Every older version has less
 * columns and constraints, and no other: each table is made anew and filled with what the old one has of it. All or
 * nothing.
 */
export function migrate(
  database: DatabaseSync,
  { file, from, now }: { file: string; from: number; now: () => number },
): void {
  database.prepare('VACUUM INTO ?').run(`${file}.version-${from}-${now()}`);
  // Tables change their names while others refer to them.
  database.exec('PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON');
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const table of TABLES) rebuild(database, table);
    for (const definition of INDEX_DEFINITIONS) database.exec(definition);
    dropOrphans(database);
    rehash(database);
    database.exec(SET_VERSION);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  } finally {
    database.exec('PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON');
  }
}

const columnsOf = (database: DatabaseSync, table: string): string[] =>
  database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(({ name }) => String(name));

const quoted = (name: string) => `\`${name.replaceAll('`', '``')}\``;

function rebuild(database: DatabaseSync, table: TableName): void {
  const old = `${OLD_PREFIX}${table}`;
  const oldColumns = columnsOf(database, table);
  if (oldColumns.length === 0) {
    database.exec(TABLE_DEFINITIONS[table]);
    return;
  }
  for (const { name } of indexesOf(database, table)) database.exec(`DROP INDEX ${quoted(String(name))}`);
  database.exec(`ALTER TABLE ${quoted(table)} RENAME TO ${quoted(old)}`);
  database.exec(TABLE_DEFINITIONS[table]);
  copyRows(database, table, oldColumns);
  database.exec(`DROP TABLE ${quoted(old)}`);
}

/** Those that belong to a constraint have no text and go with their table. */
const indexesOf = (database: DatabaseSync, table: string) =>
  database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
    .all(table);

function copyRows(database: DatabaseSync, table: TableName, oldColumns: readonly string[]): void {
  const old = quoted(`${OLD_PREFIX}${table}`);
  const shared = columnsOf(database, table).filter((name) => oldColumns.includes(name));
  const names = shared.map(quoted).join(', ');
  if (table === 'belongs' && !oldColumns.includes('priority')) {
    const priority = 'row_number() OVER (PARTITION BY id_agent ORDER BY rowid) - 1';
    database.exec(`INSERT INTO belongs (${names}, priority) SELECT ${names}, ${priority} FROM ${old}`);
    return;
  }
  // Columns that may not be NULL any more keep their default where the old one was.
  database.exec(`INSERT OR REPLACE INTO ${quoted(table)} (${names}) SELECT ${names} FROM ${old}`);
}

/** Older versions let labels and assignments survive their agent. */
function dropOrphans(database: DatabaseSync): void {
  database.exec('DELETE FROM labels WHERE id NOT IN (SELECT id FROM agent)');
  database.exec(
    'DELETE FROM belongs WHERE id_agent NOT IN (SELECT id FROM agent) OR id_group NOT IN (SELECT id FROM `group`)',
  );
}

/** Agents that have assignments get their hash; older versions had none. */
function rehash(database: DatabaseSync): void {
  const select = database.prepare(`
    SELECT id_agent AS id, group_concat(name, ',') AS csv
    FROM (SELECT id_agent, name FROM belongs JOIN \`group\` ON id = id_group ORDER BY id_agent, priority)
    GROUP BY id_agent`);
  const update = database.prepare('UPDATE agent SET `group` = ?, group_hash = ? WHERE id = ?');
  for (const { id, csv } of select.all()) {
    update.run(String(csv), agentGroupHash(String(csv)), Number(id));
  }
}
