import { isGroupName } from '../../registration/group-name.ts';
import { MAX_GROUPS_PER_AGENT } from '../../registration/limits.ts';
import type { AgentGroups, GroupsMode, SyncStatus } from '../store.ts';
import type { AgentDatabase } from './database.ts';
import { agentGroupHash } from './hashes.ts';
import { isConstraint } from './sqlite-errors.ts';

/** Where agents go that would be left without a group. */
export const DEFAULT_GROUP = 'default';
const SELECT_ASSIGNED =
  'SELECT name, priority FROM belongs JOIN `group` ON `group`.id = id_group WHERE id_agent = ? ORDER BY priority';
const INSERT =
  'INSERT OR REPLACE INTO belongs (id_agent, id_group, priority) SELECT ?, id, ? FROM `group` WHERE name = ?';

/** Within a query of `agent`: the names of the groups of each, in their order. */
export const SELECT_NAMES =
  'SELECT name FROM belongs JOIN `group` ON `group`.id = id_group WHERE id_agent = agent.id ORDER BY priority';
/** The same as one text, NULL where there are none. */
const CSV = `(SELECT group_concat(name, ',') FROM (${SELECT_NAMES}))`;
const SELECT_ALL = `SELECT id, ${CSV}, \`group\`, group_hash FROM agent WHERE id > 0`;

/** Groups of an agent, the first has priority. */
interface Assigned {
  readonly names: readonly string[];
  readonly priorities: readonly number[];
}

function assigned(database: AgentDatabase, id: number): Assigned {
  const rows = database.tuples(SELECT_ASSIGNED, id);
  return { names: rows.map(([name]) => String(name)), priorities: rows.map((row) => Number(row[1])) };
}

/** Names of the groups of an agent, the first has priority. */
export const groupsOf = (database: AgentDatabase, id: number): readonly string[] =>
  assigned(database, id).names;

export function groupId(database: AgentDatabase, name: string): number | null {
  const row = database.get('SELECT id FROM `group` WHERE name = ?', name);
  return row === undefined ? null : Number(row.id);
}

export function insertGroup(database: AgentDatabase, name: string): void {
  database.run('INSERT INTO `group` (name) VALUES (?)', name);
  database.registryRevision += 1;
}

/**
 * Brings the columns that repeat an agent's groups up to date; the status is left where it is null. `names`: what the agent
 * has, for those who know it.
 */
export function refreshGroups(
  database: AgentDatabase,
  id: number,
  syncStatus: SyncStatus | null,
  names: readonly string[] = groupsOf(database, id),
): void {
  const csv = names.join(',');
  const [groups, hash] = csv === '' ? [null, null] : [csv, agentGroupHash(csv)];
  database.run(
    'UPDATE agent SET `group` = ?, group_hash = ?, group_sync_status = coalesce(?, group_sync_status) WHERE id = ?',
    groups,
    hash,
    syncStatus,
    id,
  );
  database.forget();
}

/** The same for all agents. Most are as they should be, and are only looked at. */
export function refreshAll(database: AgentDatabase): void {
  const wrong: number[] = [];
  for (const [id, csv, groups, hash] of database.iterateTuples(SELECT_ALL)) {
    const isRight = csv === groups && hash === (csv === null ? null : agentGroupHash(String(csv)));
    if (!isRight) wrong.push(Number(id));
  }
  for (const id of wrong) refreshGroups(database, id, null);
  database.forget();
}

const MARK_IF_SAME = `UPDATE agent SET group_sync_status = 'synced'
  WHERE id IN (SELECT value FROM json_each(?)) AND group_sync_status = 'syncreq' AND ifnull(${CSV}, '') = ?`;

/** Marks the groups of agents as synced, unless they are not to be sent, or no more these. How many were marked. */
export function markGroupsIfSame(database: AgentDatabase, agents: readonly AgentGroups[]): number {
  let marked = 0;
  for (const [csv, alike] of Map.groupBy(agents, ({ groups }) => groups.join(','))) {
    marked += database.run(MARK_IF_SAME, JSON.stringify(alike.map(({ id }) => id)), csv);
  }
  return marked;
}

/** An assignment of groups to one agent. */
interface Assignment {
  readonly id: number;
  readonly names: readonly unknown[];
  readonly mode: GroupsMode;
  readonly syncStatus: SyncStatus;
}

/** Assigns groups to one agent; false if anything of it failed. The rest of it is done. */
export function assignGroups(database: AgentDatabase, { id, names, mode, syncStatus }: Assignment): boolean {
  if (mode === 'remove') {
    const isWhole = removeGroups(database, id, names);
    refreshGroups(database, id, syncStatus);
    return isWhole;
  }
  const present = assigned(database, id);
  if (mode === 'empty_only' && present.names.length > 0) return true;
  const kept = mode === 'override' ? commonStart(present, names) : present.names.length;
  const room = MAX_GROUPS_PER_AGENT - (mode === 'override' ? 0 : kept);
  if (!names.every(isGroupName) || names.length > room) {
    // The original has taken the old ones away before it looks at the new ones.
    if (mode === 'override') database.run('DELETE FROM belongs WHERE id_agent = ?', id);
    return false;
  }
  const gone = present.priorities[kept];
  if (gone !== undefined) {
    database.run('DELETE FROM belongs WHERE id_agent = ? AND priority >= ?', id, gone);
  }
  const added = mode === 'override' ? names.slice(kept) : names;
  const isWhole = addGroups(database, id, added, (present.priorities[kept - 1] ?? -1) + 1);
  const all = [...present.names.slice(0, kept), ...added];
  const isKnown = isWhole && new Set(all).size === all.length;
  refreshGroups(database, id, syncStatus, isKnown ? all : undefined);
  return isWhole;
}

/** Why an agent was not given all of these groups, though nothing is wrong with the assignment itself. */
export function complaintAboutAssignment(database: AgentDatabase, { id, groups }: AgentGroups): string {
  if (database.get('SELECT 1 FROM agent WHERE id = ?', id) === undefined) return 'there is no such agent';
  const missing = groups.filter((name) => groupId(database, name) === null);
  return missing.length > 0
    ? `there is no group ${missing.join(', ')}`
    : 'An error occurred during the set of the groups';
}

/** How many of the first groups are as they are wanted, in their places. */
function commonStart({ names, priorities }: Assigned, wanted: readonly unknown[]): number {
  const first = names.findIndex((name, index) => name !== wanted[index] || priorities[index] !== index);
  return first === -1 ? names.length : first;
}

/** From this priority on. One that is there already moves to its new place. */
function addGroups(
  database: AgentDatabase,
  id: number,
  names: readonly string[],
  firstPriority: number,
): boolean {
  let priority = firstPriority;
  for (const name of names) if (addGroup(database, id, name, priority)) priority += 1;
  return priority === firstPriority + names.length;
}

/** False if there is no such group, or no such agent. */
function addGroup(database: AgentDatabase, id: number, name: string, priority: number): boolean {
  try {
    return database.run(INSERT, id, priority, name) > 0;
  } catch (error) {
    if (isConstraint(error)) return false;
    throw error;
  }
}

function removeGroups(database: AgentDatabase, id: number, names: readonly unknown[]): boolean {
  let isWhole = true;
  for (const name of names) {
    const group = typeof name === 'string' ? groupId(database, name) : null;
    if (group !== null) database.run('DELETE FROM belongs WHERE id_agent = ? AND id_group = ?', id, group);
    if (group === null || !putIntoDefault(database, id)) isWhole = false;
  }
  return isWhole;
}

/** Takes an agent out of a group that is about to go. */
export function leaveGroup(database: AgentDatabase, id: number, group: number): void {
  database.run('DELETE FROM belongs WHERE id_agent = ? AND id_group = ?', id, group);
  putIntoDefault(database, id);
  refreshGroups(database, id, database.isMaster ? 'syncreq' : 'synced');
}

/** An agent without groups gets into the default one; false if that is not possible. */
function putIntoDefault(database: AgentDatabase, id: number): boolean {
  const isIn = database.get('SELECT 1 FROM belongs WHERE id_agent = ? LIMIT 1', id) !== undefined;
  return isIn || addGroup(database, id, DEFAULT_GROUP, 0);
}
