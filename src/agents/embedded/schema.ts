import { MANAGER_KEEPALIVE_S } from '../columns.ts';

/** The version of these tables, as `metadata` has it under `db_version`. */
export const SCHEMA_VERSION = 6;

/** Rows of `metadata` beside the original's. */
export const METADATA = {
  /** Which set of rows this is: another one in each new database, and after each back-up that was restored. */
  storeId: 'store_id',
  /** Of a worker: the set of rows of its master that was told all that is synced here. */
  toldStoreId: 'told_store_id',
} as const;

/** The tables of the agents' database, as the original has them, so that either can open what the other wrote. */
export const TABLES = ['agent', 'labels', 'info', 'group', 'belongs', 'metadata'] as const;
export type TableName = (typeof TABLES)[number];

export const TABLE_DEFINITIONS: Readonly<Record<TableName, string>> = {
  agent: `
    CREATE TABLE agent (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      ip TEXT,
      register_ip TEXT,
      internal_key TEXT,
      os_name TEXT,
      os_version TEXT,
      os_major TEXT,
      os_minor TEXT,
      os_codename TEXT,
      os_build TEXT,
      os_platform TEXT,
      os_uname TEXT,
      os_arch TEXT,
      version TEXT,
      config_sum TEXT,
      merged_sum TEXT,
      manager_host TEXT,
      node_name TEXT DEFAULT 'unknown',
      date_add INTEGER NOT NULL,
      last_keepalive INTEGER,
      \`group\` TEXT DEFAULT 'default',
      group_hash TEXT DEFAULT NULL,
      group_sync_status TEXT NOT NULL CHECK (group_sync_status IN ('synced', 'syncreq')) DEFAULT 'synced',
      sync_status TEXT NOT NULL CHECK (sync_status IN ('synced', 'syncreq')) DEFAULT 'synced',
      connection_status TEXT NOT NULL CHECK (connection_status IN ('pending', 'never_connected', 'active', 'disconnected')) DEFAULT 'never_connected',
      disconnection_time INTEGER DEFAULT 0,
      group_config_status TEXT NOT NULL CHECK (group_config_status IN ('synced', 'not synced')) DEFAULT 'not synced',
      status_code INTEGER DEFAULT 0
    )`,
  labels: `
    CREATE TABLE labels (
      id INTEGER REFERENCES agent (id) ON DELETE CASCADE,
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (id, key)
    )`,
  info: 'CREATE TABLE info (key TEXT PRIMARY KEY, value TEXT)',
  group: 'CREATE TABLE `group` (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE)',
  belongs: `
    CREATE TABLE belongs (
      id_agent INTEGER REFERENCES agent (id) ON DELETE CASCADE,
      id_group INTEGER REFERENCES \`group\` (id) ON DELETE CASCADE,
      priority INTEGER NOT NULL DEFAULT 0,
      UNIQUE (id_agent, priority),
      PRIMARY KEY (id_agent, id_group)
    )`,
  metadata: 'CREATE TABLE metadata (key TEXT PRIMARY KEY, value TEXT)',
};

/** The columns of table `agent`, in their order. */
export const AGENT_COLUMNS = [...TABLE_DEFINITIONS.agent.matchAll(/^\s+`?(\w+)`? (INTEGER|TEXT)/gm)].map(
  ([, name = '', type]) => ({ name, isNumber: type === 'INTEGER' }),
);

export const INDEX_DEFINITIONS: readonly string[] = [
  'CREATE INDEX IF NOT EXISTS agent_name ON agent (name)',
  'CREATE INDEX IF NOT EXISTS agent_ip ON agent (ip)',
  'CREATE INDEX IF NOT EXISTS agent_group_hash ON agent (group_hash)',
  'CREATE INDEX IF NOT EXISTS group_name ON `group` (name)',
];

/**
 * What a master looks for over and over, and seldom finds. Not the original's, which neither needs nor minds it: it is made
 * in whatever database is opened. There is none for `sync_status`, which changes so often that it would cost more.
 */
export const OWN_INDEX_DEFINITION =
  "CREATE INDEX IF NOT EXISTS agent_groups_unsynced ON agent (id) WHERE group_sync_status = 'syncreq'";

/** The manager itself is agent 0. */
export const FIRST_AGENT = `
  INSERT INTO agent (id, ip, register_ip, name, date_add, last_keepalive, \`group\`, connection_status)
  VALUES (0, '127.0.0.1', '127.0.0.1', 'localhost', ?, ${MANAGER_KEEPALIVE_S}, NULL, 'active')`;

export const SET_VERSION = `INSERT OR REPLACE INTO metadata (key, value) VALUES ('db_version', '${SCHEMA_VERSION}')`;
