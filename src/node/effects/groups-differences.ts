import type { DifferingAgents } from '../../../machines/agent-groups/report.ts';
import { agentGroupHash } from '../../agents/embedded/hashes.ts';
import type { AgentStore } from '../../agents/store.ts';
import { MAX_NAMED_AGENTS } from '../../protocol/limits.ts';
import type { SentGroups } from './groups-store.ts';

/** The agents whose groups in this store are not those that were sent; those that it does not know are among them. */
export async function differingAgents(
  store: AgentStore,
  sent: SentGroups,
  signal: AbortSignal,
): Promise<DifferingAgents> {
  const differing: number[] = [];
  const known = new Set<number>();
  for (let afterId = 0, isLast = false; !isLast; ) {
    const page = await store.groupHashes(afterId);
    signal.throwIfAborted();
    for (const { id, hash } of page.agents) {
      known.add(id);
      if (hash !== hashOf(sent.get(id))) differing.push(id);
    }
    ({ lastId: afterId, isLast } = page);
  }
  for (const [id, groups] of sent) if (groups !== '' && !known.has(id)) differing.push(id);
  const ids = differing.sort((one, other) => one - other).slice(0, MAX_NAMED_AGENTS);
  return { total: differing.length, ids };
}

const hashOf = (groups = '') => (groups === '' ? null : agentGroupHash(groups));
