import { isGroupName } from '../../registration/group-name.ts';
import { MAX_GROUPS_PER_AGENT } from '../../registration/limits.ts';
import type { GroupsMode, SyncStatus } from '../store.ts';
import type { AgentDatabase } from './database.ts';
import { agentGroupHash } from './hashes.ts';

/** Where agents go that would be left without a group. */
export const DEFAULT_GROUP = 'default';
const SELECT_GROUPS =
  'SELECT name FROM belongs JOIN `group` ON `group`.id = id_group WHERE id_agent = ? ORDER BY priority';

/** Names of the groups of an agent, the first has priority. */
export function groupsOf(database: AgentDatabase, id: number): string[] {
  return database.all(SELECT_GROUPS, id).map(({ name }) => String(name));
}

export function groupId(database: AgentDatabase, name: string): number | null {
  const row = database.get('SELECT id FROM `group` WHERE name = ?', name);
  return row === undefined ? null : Number(row.id);
}

/** Brings the columns that repeat an agent's groups up to date; the status is left where it is null. */
export function refreshGroups(database: AgentDatabase, id: number, syncStatus: SyncStatus | null): void {
  const csv = groupsOf(database, id).join(',');
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

/** Assigns groups to one agent; false if anything of it failed. The rest of it is done. */
export function assignGroups(
  database: AgentDatabase,
  {
    id,
    names,
    mode,
    syncStatus,
  }: { id: number; names: readonly unknown[]; mode: GroupsMode; syncStatus: SyncStatus },
): boolean {
  const present = groupsOf(database, id);
  if (mode === 'empty_only' && present.length > 0) return true;
  let isWhole = true;
  if (mode === 'remove') {
    isWhole = removeGroups(database, id, names);
  } else if (mode !== 'override' || !isSame(present, names)) {
    if (mode === 'override') database.run('DELETE FROM belongs WHERE id_agent = ?', id);
    const kept = mode === 'override' ? 0 : present.length;
    if (!names.every(isGroupName) || kept + names.length > MAX_GROUPS_PER_AGENT) return false;
    isWhole = addGroups(database, id, names);
  }
  refreshGroups(database, id, syncStatus);
  return isWhole;
}

const isSame = (present: readonly string[], wanted: readonly unknown[]) =>
  present.length === wanted.length && present.every((name, index) => name === wanted[index]);

/** Behind what is there. One that is there already moves to its new place. */
function addGroups(database: AgentDatabase, id: number, names: readonly string[]): boolean {
  const row = database.get('SELECT max(priority) AS priority FROM belongs WHERE id_agent = ?', id);
  let priority = row?.priority === null ? 0 : Number(row?.priority) + 1;
  let isWhole = true;
  for (const name of names) {
    if (addGroup(database, id, name, priority)) priority += 1;
    else isWhole = false;
  }
  return isWhole;
}

function addGroup(database: AgentDatabase, id: number, name: string, priority: number): boolean {
  const group = groupId(database, name);
  if (group === null) return false;
  try {
    const insert = 'INSERT OR REPLACE INTO belongs (id_agent, id_group, priority) VALUES (?, ?, ?)';
    database.run(insert, id, group, priority);
    return true;
  } catch {
    return false; // there is no such agent
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
