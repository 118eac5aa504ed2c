import { createHash } from 'node:crypto';
import type { ClientKey } from '../key-lines.ts';
import { formatAgentId } from '../key-lines.ts';
import type { AgentFacts, ForceRules } from './orders.ts';

/** SHA-1 over id, name and key of an agent, by which it tells its manager which key it has without telling the key. */
export function keyHash({ id, name, key }: ClientKey): string {
  return createHash('sha1')
    .update(`${formatAgentId(id)}${name}${key}`)
    .digest('hex');
}

/** Whether an agent makes room for a new one that wants its id, its address or its name. */
export function mayReplace(
  agent: ClientKey,
  {
    force,
    facts,
    toldHash,
    nowS,
  }: { force: ForceRules; facts: AgentFacts; toldHash: string | null; nowS: number },
): boolean {
  if (!force.enabled) return false;
  if (force.disconnectedS !== null && facts.connectionStatus !== 'never_connected') {
    const { connectionStatus, disconnectionTimeS } = facts;
    if (connectionStatus !== 'disconnected' || disconnectionTimeS === 0) return false;
    if (nowS - disconnectionTimeS < force.disconnectedS) return false;
  }
  if (force.registeredS > 0 && nowS - facts.dateAddS < force.registeredS) return false;
  return toldHash === null || !force.keyMismatch || toldHash !== keyHash(agent);
}
