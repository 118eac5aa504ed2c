import type { NodeServices } from '../services.ts';

const MS_PER_SECOND = 1_000;

/**
 * Agents whose last keepalive is too old become disconnected, wherever they report to. On the master alone: it is the one
 * that everybody's keepalives reach. False if the store could not be asked.
 */
export async function disconnectSilentAgents({
  config,
  clock,
  log,
  status,
  store,
}: NodeServices): Promise<boolean> {
  // Nobody could be heard before this node was there.
  if (clock.now() - Date.parse(status.startedAt) < config.agents.disconnectionMs) return true;
  const agents = log.tagged('Master', 'Agents');
  const beforeS = Math.floor((clock.now() - config.agents.disconnectionMs) / MS_PER_SECOND);
  try {
    const ids = await store.current.disconnectAgents(beforeS, 'synced');
    if (ids.length > 0) agents.info(`${ids.length} agents are disconnected: no keepalive for too long.`);
    return true;
  } catch (error) {
    agents[store.levelOf(error)]('Silent agents could not be looked for', { error });
    return false;
  }
}
