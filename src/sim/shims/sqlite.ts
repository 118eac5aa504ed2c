import * as sqlite from 'node:sqlite';
import { files } from '../file-system.ts';

/**
 * `node:sqlite` in a simulated world: a database for each file that stands for one, kept in memory as long as the file
 * lives. What was committed survives the death of a node, and a loss of power too.
 */
const kept = new WeakMap<object, sqlite.DatabaseSync>();

export const DatabaseSync = function open(path: string, options?: sqlite.DatabaseSyncOptions) {
  const file = files.find(path, 'open');
  let database = kept.get(file);
  if (database === undefined) {
    database = new sqlite.DatabaseSync(':memory:', options);
    // It is the file that ends it, not the life of a node.
    Object.assign(database, { close: () => {} });
    kept.set(file, database);
    // SQLite syncs what it makes.
    file.disk.sync(file);
  }
  if (database.isTransaction) database.exec('ROLLBACK');
  return database;
} as unknown as typeof sqlite.DatabaseSync;

/** The database that was opened at this file; undefined if none was. */
export const databaseOf = (file: object): sqlite.DatabaseSync | undefined => kept.get(file);

export const backup = sqlite.backup;
export const constants = sqlite.constants;
