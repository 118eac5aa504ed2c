import { isGroupName } from '../registration/group-name.ts';
import { MAX_GROUPS_PER_AGENT } from '../registration/limits.ts';
import type { AgentGroups, GroupsComplaint } from './store.ts';

/** Why an agent cannot have these groups, whatever it has now; null if it can. */
export function complaintAboutGroups({ id, groups }: AgentGroups): string | null {
  if (!Number.isSafeInteger(id) || id < 0) return 'the id is no number';
  if (groups.length > MAX_GROUPS_PER_AGENT) {
    return `${groups.length} groups, an agent may have ${MAX_GROUPS_PER_AGENT}`;
  }
  const bad = groups.find((name) => !isGroupName(name));
  return bad === undefined ? null : `${JSON.stringify(bad)} is no name of a group`;
}

/** `agent 7: there is no such agent`, `agents 7 to 9: …` */
export function complaintText({ ids, complaint }: GroupsComplaint): string {
  const [first, last] = [ids[0], ids.at(-1)];
  return `${first === last ? `agent ${first}` : `agents ${first} to ${last}`}: ${complaint}`;
}
