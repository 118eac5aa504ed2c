import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { fileIdentity } from '../../config/file-identity.ts';
import type { Place } from '../../config/places.ts';
import { faultPoint } from '../../fault-point.ts';
import {
  BUSY_TIMEOUT_MS,
  LOCKED_PAUSE_MS,
  MAX_STATEMENT_COLUMNS,
  MAX_STATEMENT_VALUE_BYTES,
} from '../limits.ts';
import { globalGroupHash } from './hashes.ts';
import { HeldProfiles, KnownProfiles } from './known-profiles.ts';
import { openDatabase } from './open-database.ts';
import { replaceRows } from './replace-rows.ts';
import { METADATA } from './schema.ts';
import { databaseError, isLocked } from './sqlite-errors.ts';

/** Of all agents, in the order of their ids, as one text. */
const SELECT_HASHES =
  "SELECT group_concat(group_hash, '') FROM (SELECT group_hash FROM agent WHERE id > 0 ORDER BY id)";

export type Row = Record<string, SQLOutputValue>;

export interface DatabaseOptions {
  readonly file: string;
  /** The installation that it belongs to. */
  readonly home: string;
  /** On a master, groups that change by themselves have to be broadcast. */
  readonly isMaster: boolean;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly busyTimeoutMs?: number;
  /** Agents or their groups may have changed. */
  readonly onGroups?: () => void;
  /** Something that may take long begins or is over. */
  readonly onCare?: (isUnderWay: boolean) => void;
}

/**
 * The agents' database as commands use it: prepared statements, one transaction for everything that is carried out
 * together, and what the protocol keeps between requests. For the thread that owns it.
 */
export class AgentDatabase implements Place {
  readonly home: string;
  readonly path: string;
  readonly isMaster: boolean;
  readonly #options: DatabaseOptions;
  readonly #now: () => number;
  readonly #database: DatabaseSync;
  /** Of the file that is open. */
  readonly #identity: string | null;
  readonly #statements = new Map<string, StatementSync>();
  readonly #tupleStatements = new Map<string, StatementSync>();
  #transaction: 'none' | 'reading' | 'writing' = 'none';
  #isSynced = false;
  /** Until then nobody waits for another program to unlock it: somebody has just done so, for nothing. */
  #impatientUntilMs = 0;
  /** Undefined: to be computed. */
  #groupsHash: string | null | undefined;
  readonly #onGroups: () => void;
  /** Of a worker: the profiles that its master has. */
  readonly toldProfiles = new KnownProfiles();
  /** Of a master: the profiles that agents have here. */
  readonly heldProfiles = new HeldProfiles();
  /** Where `sync-agent-info-get` goes on: one place for all clients, as the original has it. */
  infoCursor = 0;
  /** Grows when agents or groups come or go by the protocol. */
  registryRevision = 0;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.home = options.home;
    this.path = options.file;
    this.isMaster = options.isMaster;
    this.#now = options.now ?? Date.now;
    this.#onGroups = options.onGroups ?? (() => {});
    this.#database = openDatabase({ ...options, now: this.#now });
    this.#identity = fileIdentity(this.path);
  }

  get identity(): string | null {
    return this.#identity;
  }

  /** Which set of rows is there, whoever has put it there. */
  get storeId(): string {
    return String(this.metadata(METADATA.storeId));
  }

  metadata(key: string): string | null {
    const value = this.get('SELECT value FROM metadata WHERE key = ?', key)?.value;
    return value === undefined || value === null ? null : String(value);
  }

  setMetadata(key: string, value: string): void {
    this.run('INSERT OR REPLACE INTO metadata (key, value) VALUES (?, ?)', key, value);
  }

  /** Seconds since the epoch. */
  get nowS(): number {
    return Math.floor(this.#now() / 1000);
  }

  get nowMs(): number {
    return this.#now();
  }

  /** A prepared statement; those of commands are prepared once. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** A statement that is used once. */
  prepareOnce(sql: string): StatementSync {
    return this.#database.prepare(sql);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.statement(sql).all(...values);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.statement(sql).get(...values);
  }

  /** Rows without the names of their columns, which costs half as much. */
  tuples(sql: string, ...values: SQLInputValue[]): SQLOutputValue[][] {
    return this.#tupleStatement(sql).all(...values) as unknown as SQLOutputValue[][];
  }

  /** The same, one after the other. */
  iterateTuples(sql: string, ...values: SQLInputValue[]): Iterable<SQLOutputValue[]> {
    return this.#tupleStatement(sql).iterate(...values) as unknown as Iterable<SQLOutputValue[]>;
  }

  #tupleStatement(sql: string): StatementSync {
    let statement = this.#tupleStatements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
      this.#tupleStatements.set(sql, statement);
    }
    return statement;
  }

  /** Resolves to the number of rows that changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.statement(sql).run(...values).changes);
  }

  /** The first read of a batch looks at one state of the file for all: to do so for each costs more than a row. */
  beginRead(): void {
    if (this.#transaction !== 'none') return;
    this.statement('BEGIN').run();
    this.#transaction = 'reading';
  }

  /** The first write of a batch opens its transaction. Throws what SQLite says, such as that the database is locked. */
  beginWrite(): void {
    if (this.#transaction === 'writing') {
      this.#checkTransaction();
      return;
    }
    // Who has read an older state may not be let write.
    this.end();
    this.#lockForWriting();
    this.#transaction = 'writing';
  }

  /**
   * A transaction of its own for what another node forgets once it is answered: it is on the disk when this has ended, and
   * so is all before it. To sync each commit would cost what other programs write here much, one keepalive a commit.
   */
  beginSyncedWrite(): void {
    this.end();
    this.#database.exec('PRAGMA synchronous = FULL');
    this.#isSynced = true;
    this.beginWrite();
  }

  #lockForWriting(): void {
    const waits = performance.now() >= this.#impatientUntilMs;
    if (!waits) this.#waitForLocks(0);
    try {
      this.statement('BEGIN IMMEDIATE').run();
    } catch (error) {
      if (waits && isLocked(error)) this.#impatientUntilMs = performance.now() + LOCKED_PAUSE_MS;
      throw error;
    } finally {
      if (!waits) this.#waitForLocks(this.#options.busyTimeoutMs ?? BUSY_TIMEOUT_MS);
    }
  }

  #waitForLocks(timeoutMs: number): void {
    this.prepareOnce(`PRAGMA busy_timeout = ${timeoutMs}`).get();
  }

  /** Does what another program says in SQL: no value and no row becomes larger than answers have any use for. */
  withinBounds<Result>(task: () => Result): Result {
    const { limits } = this.#database;
    const { length, column } = limits;
    limits.length = MAX_STATEMENT_VALUE_BYTES;
    limits.column = MAX_STATEMENT_COLUMNS;
    try {
      return task();
    } finally {
      limits.length = length;
      limits.column = column;
    }
  }

  /** Does what may take long, outside of any transaction. */
  takeCare<Result>(task: () => Result): Result {
    this.#options.onCare?.(true);
    try {
      return task();
    } finally {
      this.#options.onCare?.(false);
    }
  }

  /** Ends the transaction, if there is one. Throws if what was written since `beginWrite` is lost. */
  end(): void {
    if (this.#transaction === 'none') return;
    const wasWriting = this.#transaction === 'writing';
    this.#transaction = 'none';
    try {
      if (wasWriting) {
        this.#checkTransaction();
        faultPoint('store.committing');
      }
      this.statement('COMMIT').run();
      if (wasWriting) faultPoint('store.committed');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.forget();
      this.heldProfiles.clear();
      throw error;
    } finally {
      if (this.#isSynced && !this.#database.isTransaction) {
        this.#isSynced = false;
        this.#database.exec('PRAGMA synchronous = NORMAL');
      }
    }
  }

  /** Some failures, a full disk above all, make SQLite take everything back by itself. */
  #checkTransaction(): void {
    if (!this.#database.isTransaction) throw new Error('the transaction was rolled back');
  }

  /** Drops what was computed from the tables: agents or their groups may have changed. */
  forget(): void {
    this.#groupsHash = undefined;
    this.#onGroups();
  }

  /** The hash over the groups of all agents, remembered until groups change. */
  groupsHash(): string | null {
    if (this.#groupsHash === undefined) {
      const [hashes = null] = this.tuples(SELECT_HASHES)[0] ?? [];
      this.#groupsHash = globalGroupHash(hashes === null ? '' : String(hashes));
    }
    return this.#groupsHash;
  }

  /** Takes the rows of another database of this version in place of its own. */
  replaceRows(file: string): void {
    try {
      replaceRows(this.#database, file);
    } catch (error) {
      throw databaseError(this.path, error);
    }
    this.forget();
    this.heldProfiles.clear();
    this.registryRevision += 1;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** A row as the protocol writes it: without the columns that are NULL. Bytes, which no table has, are left out too. */
export function rowText(row: Row): string {
  const kept: Record<string, SQLOutputValue> = {};
  for (const name in row) {
    const value = row[name];
    if (value !== null && value !== undefined && !(value instanceof Uint8Array)) kept[name] = value;
  }
  return JSON.stringify(kept);
}
