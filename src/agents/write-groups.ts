import { ensureGroup } from './ensure-group.ts';
import { complaintAboutGroups, complaintText } from './group-names.ts';
import { parseGroupsChunk } from './groups-chunk.ts';
import type { AgentGroups, AgentStore, GroupsChunkWritten } from './store.ts';

/** `writeAgentGroups` by what any store can do. */
export async function writeGroups(store: AgentStore, chunk: string): Promise<GroupsChunkWritten> {
  const { agents, errors, hash } = parseGroupsChunk(chunk);
  await makeGroups(store, agents);
  const written = await store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents });
  return {
    errors: [...errors, ...written.errors.map(complaintText)],
    wasUnderstood: errors.length === 0,
    hash,
  };
}

/** Those of agents that cannot have them are left to whoever complains. */
async function makeGroups(store: AgentStore, agents: readonly AgentGroups[]): Promise<void> {
  const wanted = agents.filter((agent) => complaintAboutGroups(agent) === null);
  for (const name of new Set(wanted.flatMap(({ groups }) => groups))) await ensureGroup(store, name);
}
