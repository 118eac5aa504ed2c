import { isGroupName } from '../../registration/group-name.ts';
import { MAX_GROUPS_PER_AGENT } from '../../registration/limits.ts';
import type { AgentGroups, SyncStatus } from '../store.ts';
import { groupId } from './agent-groups.ts';
import type { AgentDatabase } from './database.ts';
import { agentGroupHash } from './hashes.ts';
import { isConstraint } from './sqlite-errors.ts';

/** Agents that are to have the same groups. */
export interface Alike {
  readonly groups: readonly string[];
  readonly agents: readonly AgentGroups[];
}

/** Agents by their groups: there are few distinct lists. */
export const alikeAmong = (agents: readonly AgentGroups[]): Alike[] =>
  [...Map.groupBy(agents, ({ groups }) => JSON.stringify(groups)).values()].map((alike) => ({
    groups: alike[0]?.groups ?? [],
    agents: alike,
  }));

const IDS = 'SELECT value FROM json_each(?1)';
/** `?2` has the places of all groups that may stay. */
const DELETE_OTHERS = `DELETE FROM belongs
  WHERE id_agent IN (${IDS}) AND instr(?2, ' ' || priority || ':' || id_group || ' ') = 0`;
/** What is left is as it is wanted, so whatever is in the way is the same. */
const INSERT_MISSING = `INSERT OR IGNORE INTO belongs (id_agent, id_group, priority)
  SELECT value, ?2, ?3 FROM json_each(?1)`;
const REFRESH = `UPDATE agent SET \`group\` = ?2, group_hash = ?3, group_sync_status = ?4 WHERE id IN (${IDS})`;

/**
 * Gives agents these groups and no others, those that get the same ones together: that takes two thirds of the time of one
 * by one. Returns those that have to be done one by one, because something is wrong with them or they stand there twice.
 */
export function overrideTogether(
  database: AgentDatabase,
  agents: readonly AgentGroups[],
  syncStatus: SyncStatus,
  alike: readonly Alike[] = alikeAmong(agents),
): readonly AgentGroups[] {
  if (new Set(agents.map(({ id }) => id)).size < agents.length) return agents;
  const left = alike.filter((same) => !override(database, same, syncStatus)).flatMap((same) => same.agents);
  if (left.length < agents.length) database.forget();
  return left;
}

/** False if it was not done, or not for all of them. */
function override(database: AgentDatabase, { groups, agents }: Alike, syncStatus: SyncStatus): boolean {
  if (agents.length < 2 || !canBeGiven(groups)) return false;
  const groupIds = groups.map((name) => groupId(database, name));
  if (groupIds.includes(null) || !agents.every(({ id }) => Number.isSafeInteger(id))) return false;
  const ids = JSON.stringify(agents.map(({ id }) => id));
  const places = groupIds.map((group, priority) => `${priority}:${group} `);
  try {
    database.run(DELETE_OTHERS, ids, ` ${places.join('')}`);
    for (const [priority, group] of groupIds.entries()) database.run(INSERT_MISSING, ids, group, priority);
  } catch (error) {
    // One of them does not exist.
    if (isConstraint(error)) return false;
    throw error;
  }
  const csv = groups.join(',');
  const [names, hash] = csv === '' ? [null, null] : [csv, agentGroupHash(csv)];
  database.run(REFRESH, ids, names, hash, syncStatus);
  return true;
}

const canBeGiven = (groups: readonly unknown[]): boolean =>
  groups.length <= MAX_GROUPS_PER_AGENT &&
  groups.every(isGroupName) &&
  new Set(groups).size === groups.length;
