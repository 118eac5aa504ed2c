import type { AgentState } from './agent-state.ts';
import type { SimulatedHome } from './homes.ts';
import type { Performer } from './performer.ts';
import { UnderWay } from './under-way.ts';

/** Agents that an earlier play left connected to other homes than they begin at leave there: they cannot be at two. */
export async function leaveOtherHomes(
  homes: readonly SimulatedHome[],
  agents: readonly AgentState[],
  performer: Performer,
): Promise<void> {
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  const underWay = new UnderWay();
  for (const [home, { store, nodeName }] of homes.entries()) {
    for (let afterId = 0, isLast = false; !isLast; ) {
      const page = await store.listAgents(afterId);
      for (const { id, nodeName: at, connectionStatus } of page.agents) {
        const agent = byId.get(id);
        if (agent === undefined || agent.home === home) continue;
        if (at !== nodeName || connectionStatus !== 'active') continue;
        await underWay.begin(id, () =>
          performer.perform({ atMs: 0, deed: 'leave', agent: { ...agent, home } }),
        );
      }
      ({ lastId: afterId, isLast } = page);
    }
  }
  await underWay.end();
}
