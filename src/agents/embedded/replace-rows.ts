import type { DatabaseSync } from 'node:sqlite';
import { newStoreId } from './open-database.ts';
import { METADATA, TABLES, type TableName } from './schema.ts';

/**
 * Takes the rows of another database of this version in place of its own, all or none; they are a set with a new id. The
 * file stays the same one: another one in its place would be undone by the write-ahead log of whoever else has it open.
 */
export function replaceRows(database: DatabaseSync, file: string): void {
  database.prepare('ATTACH ? AS other').run(file);
  try {
    database.exec('BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON');
    for (const table of TABLES) database.exec(replacementOf(table, columnsOf(database, table)));
    database.prepare('UPDATE metadata SET value = ? WHERE key = ?').run(newStoreId(), METADATA.storeId);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  } finally {
    database.exec('DETACH other');
  }
}

function columnsOf(database: DatabaseSync, table: string): string[] {
  const rows = database.prepare('SELECT name FROM pragma_table_info(?)').all(table);
  return rows.map(({ name }) => quotedName(String(name)));
}

function replacementOf(table: TableName, columns: readonly string[]): string {
  const names = columns.join(', ');
  return `DELETE FROM main.${quotedName(table)}; INSERT INTO main.${quotedName(table)} (${names}) SELECT ${names} FROM other.${quotedName(table)}`;
}

const quotedName = (name: string) => `\`${name}\``;
