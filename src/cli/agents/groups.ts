import { complaintText } from '../../agents/group-names.ts';
import type { AgentStore, GroupsMode } from '../../agents/store.ts';
import { MusterError } from '../../protocol/errors.ts';
import { isGroupName } from '../../registration/group-name.ts';
import { formatAgentId } from '../../registration/key-lines.ts';
import { MAX_GROUPS_PER_AGENT } from '../../registration/limits.ts';
import { withStore } from '../with-store.ts';
import { refuseOnWorker } from './master-only.ts';

/** What is to be done with the groups of an agent. */
export type GroupsChange = 'set' | 'add' | 'remove';

export interface GroupsOfAgent {
  readonly id: number;
  readonly name: string;
  readonly groups: readonly string[];
}

/** The groups of an agent, the first has priority. Rejects with 1701. */
export function showGroups(home: string, id: number): Promise<GroupsOfAgent> {
  return withStore(home, (store) => groupsOfAgent(store, id));
}

/** Changes the groups of an agent; the workers are told by the master. Rejects with 1701, 1710, 1722, 1734, 1737, 3019. */
export async function changeGroups(
  home: string,
  id: number,
  change: GroupsChange,
  names: readonly string[],
): Promise<GroupsOfAgent> {
  await refuseOnWorker(home);
  return withStore(home, async (store) => {
    const { groups } = await groupsOfAgent(store, id);
    await checkGroups(store, names);
    if (change === 'set') await setGroups(store, 'override', id, names);
    else if (change === 'remove') await leaveGroups(store, id, groups, names);
    else await addGroups(store, id, groups, names);
    return groupsOfAgent(store, id);
  });
}

async function groupsOfAgent(store: AgentStore, id: number): Promise<GroupsOfAgent> {
  const name = await store.agentName(id);
  if (name === null) throw new MusterError(1701, formatAgentId(id));
  return { id, name, groups: await store.groupsOfAgent(id) };
}

/** One that it has keeps its place. */
async function addGroups(
  store: AgentStore,
  id: number,
  present: readonly string[],
  names: readonly string[],
): Promise<void> {
  const missing = names.filter((name) => !present.includes(name));
  checkCount(present.length + missing.length);
  if (missing.length > 0) await setGroups(store, 'append', id, missing);
}

async function leaveGroups(
  store: AgentStore,
  id: number,
  present: readonly string[],
  names: readonly string[],
): Promise<void> {
  const other = names.find((name) => !present.includes(name));
  if (other !== undefined) throw new MusterError(1734, `${formatAgentId(id)}, ${other}`);
  await setGroups(store, 'remove', id, names);
}

/** The store says of no group what is wrong with it, so that is looked at before. Rejects with 1710, 1722, 1737. */
export async function checkGroups(store: AgentStore, names: readonly string[]): Promise<void> {
  const bad = names.find((name) => !isGroupName(name));
  if (bad !== undefined) throw new MusterError(1722, JSON.stringify(bad));
  checkCount(names.length);
  const ids = await Promise.all(names.map((name) => store.findGroup(name)));
  const unknown = names.filter((_, index) => ids[index] === null);
  if (unknown.length > 0) throw new MusterError(1710, unknown.join(', '));
}

function checkCount(count: number): void {
  if (count > MAX_GROUPS_PER_AGENT) {
    throw new MusterError(1737, `${count}, an agent may have ${MAX_GROUPS_PER_AGENT}`);
  }
}

/** They are still to be told to the workers. Rejects with 2003. */
export async function setGroups(
  store: AgentStore,
  mode: GroupsMode,
  id: number,
  groups: readonly string[],
): Promise<void> {
  const { errors } = await store.setAgentGroups({ mode, syncStatus: 'syncreq', agents: [{ id, groups }] });
  if (errors.length > 0) throw new MusterError(2003, errors.map(complaintText).join('; '));
}
