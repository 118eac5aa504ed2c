import * as sqlite from 'node:sqlite';
import { files } from '../file-system.ts';

/** As `PRAGMA synchronous` says it. */
const FULL = 2;
/**
 * `node:sqlite` in a simulated world: a database for each file that stands for one, kept in memory as long as the file
 * lives. What was committed survives the death of a node; what of it survives a loss of power, see unwritten.ts.
 */
const kept = new WeakMap<object, sqlite.DatabaseSync>();

export const DatabaseSync = function open(path: string, options?: sqlite.DatabaseSyncOptions) {
  const file = files.find(path, 'open');
  let database = kept.get(file);
  if (database === undefined) {
    database = new sqlite.DatabaseSync(':memory:', options);
    // It is the file that ends it, not the life of a node.
    Object.assign(database, { close: () => {}, exec: watched(database) });
    kept.set(file, database);
    // SQLite syncs what it makes.
    file.disk.sync(file);
  }
  if (database.isTransaction) database.exec('ROLLBACK');
  return database;
} as unknown as typeof sqlite.DatabaseSync;

/** What was ever committed to a database is on the disk now. */
export const synced: { tell: (database: sqlite.DatabaseSync) => void } = { tell: () => {} };

const isSyncing = (database: sqlite.DatabaseSync) =>
  Number(database.prepare('PRAGMA synchronous').get()?.synchronous) >= FULL;

/** `exec` of a database, which tells when commits are no longer synced: those before were. */
function watched(database: sqlite.DatabaseSync): (sql: string) => void {
  const exec = database.exec.bind(database);
  return (sql) => {
    const wasSyncing = sql.includes('synchronous') && isSyncing(database);
    exec(sql);
    if (wasSyncing && !isSyncing(database)) synced.tell(database);
  };
}

/** The database that was opened at this file; undefined if none was. */
export const databaseOf = (file: object): sqlite.DatabaseSync | undefined => kept.get(file);

export const backup = sqlite.backup;
export const constants = sqlite.constants;
