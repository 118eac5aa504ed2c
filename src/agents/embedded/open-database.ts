import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MusterError } from '../../protocol/errors.ts';
import { BUSY_TIMEOUT_MS } from '../limits.ts';
import { migrate } from './migrate.ts';
import {
  FIRST_AGENT,
  INDEX_DEFINITIONS,
  METADATA,
  OWN_INDEX_DEFINITION,
  SCHEMA_VERSION,
  SET_VERSION,
  TABLE_DEFINITIONS,
} from './schema.ts';
import { databaseError } from './sqlite-errors.ts';

const MAKE_STORE_ID = 'INSERT OR IGNORE INTO metadata (key, value) VALUES (?, ?)';
const STORE_ID_BYTES = 16;
/** 32 hexadecimal digits. */
export const newStoreId = (): string => randomBytes(STORE_ID_BYTES).toString('hex');

/** It holds the keys of agents. */
const FILE_MODE = 0o640;
const DIRECTORY_MODE = 0o770;

export interface OpenOptions {
  readonly file: string;
  /** How long another process may keep it locked. */
  readonly busyTimeoutMs?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Opens the database of agents, or makes one. Looks at everything before anything is written: a file that is corrupt
 * (3202), of a newer version (3205) or no database of agents (3206) stays as it is. Also throws 3203, 3204.
 */
export function openDatabase({ file, now, busyTimeoutMs = BUSY_TIMEOUT_MS }: OpenOptions): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    prepareDirectory(file);
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) makeFile(file);
    else checkFile(file);
    database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: busyTimeoutMs });
    checkIntegrity(database, file);
    const version = versionOf(database, file);
    checkWritable(database);
    if (version === null) create(database, now());
    else if (version < SCHEMA_VERSION) migrate(database, { file, from: version, now });
    database.exec(OWN_INDEX_DEFINITION);
    database.prepare(MAKE_STORE_ID).run(METADATA.storeId, newStoreId());
    // Readers do not wait for writers, and a batch costs one write. What was answered survives the death of the process;
    // of a loss of power the last moments may be lost, never the database; but for what `beginSyncedWrite` is for.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    return database;
  } catch (error) {
    database?.close();
    throw databaseError(file, error);
  }
}

function prepareDirectory(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: DIRECTORY_MODE });
  accessSync(dirname(file), constants.R_OK | constants.W_OK | constants.X_OK);
}

/** Made here and not by SQLite, which would follow a link that leads nowhere. */
function makeFile(file: string): void {
  const made = openSync(file, 'wx', FILE_MODE);
  try {
    fchmodSync(made, FILE_MODE);
  } finally {
    closeSync(made);
  }
}

function checkFile(file: string): void {
  if (!statSync(file).isFile()) throw new MusterError(3206, `${file}: it is no file`);
  accessSync(file, constants.R_OK | constants.W_OK);
}

/** Reads every page. A file that is no database at all fails in its own words. */
function checkIntegrity(database: DatabaseSync, file: string): void {
  const [first] = database.prepare('PRAGMA quick_check(1)').all();
  const verdict = String(first?.quick_check ?? first?.integrity_check ?? 'no verdict');
  if (verdict !== 'ok') throw new MusterError(3202, `${file}: ${verdict}`);
}

/** Null for an empty database. Throws 3205, 3206. */
function versionOf(database: DatabaseSync, file: string): number | null {
  const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const tables = new Set(names.map(({ name }) => name));
  if (tables.size === 0) return null;
  if (!tables.has('agent')) throw new MusterError(3206, `${file}: it is a database of something else`);
  // The first version had no such table.
  if (!tables.has('metadata')) return 0;
  const row = database.prepare("SELECT value FROM metadata WHERE key = 'db_version'").get();
  const version = Number(row?.value ?? 0);
  if (!Number.isInteger(version)) throw new MusterError(3206, `${file}: its version is ${row?.value}`);
  if (version > SCHEMA_VERSION) {
    throw new MusterError(3205, `${file}: version ${version}, this program knows ${SCHEMA_VERSION}`);
  }
  return version;
}

function checkWritable(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  database.exec('COMMIT');
}

/** All or nothing: a process that dies here leaves an empty database. */
function create(database: DatabaseSync, nowMs: number): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const definition of Object.values(TABLE_DEFINITIONS)) database.exec(definition);
    for (const definition of INDEX_DEFINITIONS) database.exec(definition);
    database.prepare(FIRST_AGENT).run(Math.floor(nowMs / 1000));
    database.exec(SET_VERSION);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
