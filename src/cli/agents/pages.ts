import type { AgentSummary } from '../../agents/store.ts';
import { withStore } from '../with-store.ts';

/** Which agents are wanted; what is left out does not count. */
export interface AgentFilter {
  readonly status?: string;
  readonly node?: string;
  readonly group?: string;
}

/** The agents that are wanted, by ascending id; they are read page by page. */
export function agentsOf(home: string, filter: AgentFilter): Promise<AgentSummary[]> {
  return withStore(home, async (store) => {
    const found: AgentSummary[] = [];
    for (let afterId = 0, isLast = false; !isLast; ) {
      const page = await store.listAgents(afterId);
      for (const agent of page.agents) if (isWanted(agent, filter)) found.push(agent);
      ({ lastId: afterId, isLast } = page);
    }
    return found;
  });
}

function isWanted(agent: AgentSummary, { status, node, group }: AgentFilter): boolean {
  return (
    (status === undefined || agent.connectionStatus === status) &&
    (node === undefined || agent.nodeName === node) &&
    (group === undefined || agent.groups.includes(group))
  );
}
