import type { SQLOutputValue } from 'node:sqlite';
import { ChunkBuilder } from '../../info-chunk.ts';
import type { AgentGroups, GroupsMode, SyncStatus } from '../../store.ts';
import { assignGroups, refreshAll, SELECT_NAMES } from '../agent-groups.ts';
import { overrideTogether } from '../alike.ts';
import { CommandError, type JsonObject, jsonArgument } from '../arguments.ts';
import { type Answered, type Commands, DONE, ok } from '../command.ts';
import type { AgentDatabase } from '../database.ts';
import { GLOBAL_HASH_CHARS } from '../hashes.ts';

const MODES: readonly unknown[] = ['override', 'append', 'empty_only', 'remove'];
/** `[{"data":[]}]` */
const FRAME_BYTES = 13;
/** `,"hash":""` and the hash, or `null`. */
const HASH_BYTES = 10 + GLOBAL_HASH_CHARS;

/** Assignments of groups, as nodes tell them to each other. */
export const agentGroupsCommands: Commands = {
  'sync-agent-groups-get': { args: 'required', access: 'write', keepsProfiles: true, run: getGroups },
  'set-agent-groups': { args: 'required', access: 'write', keepsProfiles: true, run: setGroups },
  'recalculate-agent-group-hashes': { args: 'none', access: 'write', keepsProfiles: true, run: recalculate },
  'get-groups-integrity': { args: 'required', access: 'read', run: integrity },
};

interface GetOrder {
  readonly condition: string | null;
  readonly lastId: number;
  readonly setSynced: boolean;
  readonly withHash: boolean;
  readonly deltaS: number;
}

function getGroups(database: AgentDatabase, args: string): Answered {
  const order = getOrder(jsonArgument(args));
  const chunk = new ChunkBuilder(FRAME_BYTES);
  const ids: number[] = [];
  let isDue = false;
  for (const [id, groups] of agentsFor(database, order)) {
    isDue = !chunk.add(`{"id":${id},"groups":${groups}}`);
    if (isDue) break;
    ids.push(Number(id));
  }
  if (order.setSynced) {
    for (const id of ids) database.run("UPDATE agent SET group_sync_status = 'synced' WHERE id = ?", id);
  }
  const isHashDue = order.withHash && !chunk.fits(HASH_BYTES);
  const hash =
    order.withHash && !isDue && !isHashDue ? `,"hash":${JSON.stringify(database.groupsHash())}` : '';
  return { status: isDue || isHashDue ? 'due' : 'ok', payload: `[{"data":${chunk}${hash}}]` };
}

function getOrder(value: unknown): GetOrder {
  const object = (value ?? {}) as JsonObject;
  const field = <T>(name: string, type: string, otherwise: T): T => {
    const given = object[name] ?? otherwise;
    const fits = given === otherwise || (typeof given === type && (type !== 'number' || Number(given) >= 0));
    if (!fits) throw new CommandError('Invalid JSON data, invalid alternative fields data');
    return given as T;
  };
  return {
    condition: field<string | null>('condition', 'string', null),
    lastId: field('last_id', 'number', 0),
    setSynced: field('set_synced', 'boolean', false),
    withHash: field('get_global_hash', 'boolean', false),
    deltaS: field('agent_registration_delta', 'number', 0),
  };
}

/** The groups of an agent as JSON. */
const GROUPS = `(SELECT json_group_array(name) FROM (${SELECT_NAMES}))`;

/** Ids and groups. */
function agentsFor(database: AgentDatabase, order: GetOrder): Iterable<SQLOutputValue[]> {
  const { condition, lastId, deltaS } = order;
  if (condition === null) return [];
  if (condition !== 'all' && condition !== 'sync_status') {
    throw new CommandError('Could not obtain a response from wdb_global_sync_agent_groups_get');
  }
  const where = condition === 'all' ? '' : "AND group_sync_status = 'syncreq'";
  // One that was added in the future, by a clock that went wrong, is not new: the hash is over it too.
  const sql = `SELECT id, ${GROUPS} FROM agent WHERE id > ? AND (date_add < ? OR date_add > ?) ${where} ORDER BY id`;
  return database.iterateTuples(sql, lastId, database.nowS - deltaS, database.nowS);
}

function setGroups(database: AgentDatabase, args: string): Answered {
  const { mode, sync_status: syncStatus, data } = (jsonArgument(args) ?? {}) as JsonObject;
  if (typeof mode !== 'string' || !Array.isArray(data)) {
    throw new CommandError('Invalid JSON data, missing required fields');
  }
  if (!MODES.includes(mode)) throw new CommandError(`Invalid mode '${mode}' in set_agent_groups command`);
  const status = (typeof syncStatus === 'string' ? syncStatus : 'synced') as SyncStatus;
  const entries = (data as unknown[]).filter(isEntry);
  const left = mode === 'override' ? overrideTogether(database, entries, status) : entries;
  let isWhole = entries.length === data.length;
  for (const { id, groups: names } of left) {
    if (!assignGroups(database, { id, names, mode: mode as GroupsMode, syncStatus: status })) isWhole = false;
  }
  database.forget();
  if (!isWhole) throw new CommandError('An error occurred during the set of the groups');
  return DONE;
}

/** What is in its list may be anything. */
function isEntry(entry: unknown): entry is AgentGroups {
  const { id, groups } = (entry ?? {}) as JsonObject;
  return typeof id === 'number' && Array.isArray(groups);
}

function recalculate(database: AgentDatabase): Answered {
  try {
    refreshAll(database);
  } catch {
    throw new CommandError('Error recalculating group hash of agents in global.db');
  }
  return DONE;
}

function integrity(database: AgentDatabase, args: string): Answered {
  if (args.length < GLOBAL_HASH_CHARS) {
    const words = `Expected (${GLOBAL_HASH_CHARS}) got (${args.length})`;
    throw new CommandError(`Hash hex-digest does not have the expected length. ${words}`);
  }
  const unsynced = "SELECT 1 FROM agent WHERE group_sync_status = 'syncreq' LIMIT 1";
  if (database.get(unsynced) !== undefined) return ok('["syncreq"]');
  return ok(database.groupsHash() === args ? '["synced"]' : '["hash_mismatch"]');
}
