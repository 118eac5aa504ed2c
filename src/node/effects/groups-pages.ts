import type { AgentGroups, AgentStore } from '../../agents/store.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { GroupsVersion } from './groups-journal.ts';

/** All of these agents, page by page, and the checksum that came with the last one. */
export async function readGroups(
  store: AgentStore,
  which: 'unsynced' | 'all',
  signal: AbortSignal,
): Promise<GroupsVersion> {
  const agents: AgentGroups[] = [];
  for (let afterId = 0; ; ) {
    const page = await store.groupsToSend({ agents: which, afterId, withHash: true });
    signal.throwIfAborted();
    agents.push(...page.agents);
    if (page.isLast) return { agents, hash: page.hash ?? null };
    if (page.lastId <= afterId) throw new MusterError(2007, 'a list of agents goes on for ever');
    afterId = page.lastId;
  }
}
