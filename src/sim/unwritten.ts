import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** All rows of a database, by their tables. */
type Rows = ReadonlyMap<string, readonly SQLInputValue[][]>;

interface Written {
  readonly database: DatabaseSync;
  readonly atMs: number;
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
  keep(act: object, database: DatabaseSync | null, atMs: number): void {
    // In the middle of a transaction only a node that has died leaves it.
    if (database !== null && !database.isTransaction)
      this.#written.set(act, { database, atMs, rows: rowsOf(database) });
  }

  /** All that was committed to this database is on the disk. */
  synced(database: DatabaseSync, atMs: number): void {
    for (const [act, written] of this.#written)
      if (written.database === database) this.keep(act, database, atMs);
  }

  /** Returns since when what was committed is taken; null if nothing is. */
  lose(act: object, database: DatabaseSync | null, nowMs: number): number | null {
    const written = this.#written.get(act);
    this.#written.delete(act);
    if (database === null) return null;
    if (database.isTransaction) database.exec('ROLLBACK');
    const lost = written?.database === database ? written : null;
    if (lost !== null) putBack(database, lost.rows);
    // What is left is on the disk.
    this.synced(database, nowMs);
    return lost?.atMs ?? null;
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
