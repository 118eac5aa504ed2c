import type { MirroredPiece } from '../../agents/store.ts';
import type { NodeServices } from '../services.ts';

/**
 * Brings agents and groups of the store in step with `etc/client.keys` and `etc/shared`, which a worker gets by its
 * integrity syncs. False if that was not possible.
 */
export async function mirrorRegistry(services: NodeServices): Promise<boolean> {
  const { config, log, store } = services;
  const agents = log.tagged(config.role === 'master' ? 'Master' : `Worker ${config.nodeName}`, 'Agents');
  const sum = { inserted: 0, updated: 0, deleted: 0, newGroups: 0, oldGroups: 0 };
  try {
    for (let isLast = false; !isLast; ) {
      const piece = await store.current.mirrorRegistry();
      if (piece === null) return true;
      add(sum, piece);
      for (const error of piece.errors) agents.warning(error);
      isLast = piece.isLast;
    }
    return true;
  } catch (error) {
    // It names the file or the store.
    agents[services.store.levelOf(error)]('Agents and groups could not be brought up to date', { error });
    return false;
  } finally {
    if (Object.values(sum).some((count) => count > 0)) {
      agents.info(
        `As in etc/client.keys and etc/shared: ${sum.inserted} agents are new, ${sum.updated} changed, ${sum.deleted} are gone; ${sum.newGroups} groups are new, ${sum.oldGroups} are gone.`,
      );
    }
  }
}

type Sum = Record<'inserted' | 'updated' | 'deleted' | 'newGroups' | 'oldGroups', number>;

function add(sum: Sum, { agents, groups }: MirroredPiece): void {
  sum.inserted += agents.inserted;
  sum.updated += agents.updated;
  sum.deleted += agents.deleted;
  sum.newGroups += groups.inserted;
  sum.oldGroups += groups.deleted;
}
