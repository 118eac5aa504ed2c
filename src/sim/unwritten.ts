import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** All rows of a database, by their tables. */
type Rows = ReadonlyMap<string, readonly SQLInputValue[][]>;

interface Written {
  readonly database: DatabaseSync;
  readonly rows: Rows;
}

/**
 * What a loss of power takes of a database: all commits since some earlier moment, but for those that were synced and what
 * came before these. SQLite keeps the file whole all the same.
 */
export class Unwritten {
  /** By the acts that will take what comes after. */
  readonly #written = new Map<object, Written>();

  /** So much is on the disk when this act comes. */
  keep(act: object, database: DatabaseSync | null): void {
    // In the middle of a transaction only a node that has died leaves it.
    if (database !== null && !database.isTransaction)
      this.#written.set(act, { database, rows: rowsOf(database) });
  }

  /** All that was committed to this database is on the disk. */
  synced(database: DatabaseSync): void {
    for (const [act, written] of this.#written) if (written.database === database) this.keep(act, database);
  }

  /** Returns whether anything is taken. */
  lose(act: object, database: DatabaseSync | null): boolean {
    const written = this.#written.get(act);
    this.#written.delete(act);
    if (database === null) return false;
    if (database.isTransaction) database.exec('ROLLBACK');
    const isLost = written?.database === database;
    if (isLost) putBack(database, written.rows);
    // What is left is on the disk.
    this.synced(database);
    return isLost;
  }
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

function rowsOf(database: DatabaseSync): Rows {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return new Map(
    tables.map(({ name }) => {
      const select = database.prepare(`SELECT * FROM ${quoted(String(name))}`);
      select.setReturnArrays(true);
      return [String(name), select.all() as unknown as SQLInputValue[][]];
    }),
  );
}

function putBack(database: DatabaseSync, rows: Rows): void {
  database.exec('PRAGMA foreign_keys = OFF; BEGIN');
  for (const name of rows.keys()) database.exec(`DELETE FROM ${quoted(name)}`);
  for (const [name, all] of rows) {
    const [first] = all;
    if (first === undefined) continue;
    const insert = database.prepare(
      `INSERT INTO ${quoted(name)} VALUES (${first.map(() => '?').join(', ')})`,
    );
    for (const values of all) insert.run(...values);
  }
  database.exec('COMMIT; PRAGMA foreign_keys = ON');
}
