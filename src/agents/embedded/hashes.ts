import { hash } from 'node:crypto';
import { MAX_KNOWN_HASHES } from '../limits.ts';

/** Hexadecimal digits of the hash of one agent. */
const AGENT_HASH_CHARS = 8;
/** And of the hash over all. */
export const GLOBAL_HASH_CHARS = 40;

/** Agents have few distinct lists of groups. */
const known = new Map<string, string>();

/** The hash of an agent's groups, which are joined by commas in the order of their priority. */
export function agentGroupHash(csv: string): string {
  const remembered = known.get(csv);
  if (remembered !== undefined) return remembered;
  const digest = hash('sha256', csv, 'hex').slice(0, AGENT_HASH_CHARS);
  if (known.size >= MAX_KNOWN_HASHES) known.clear();
  known.set(csv, digest);
  return digest;
}

/** The hash over all agents, from their hashes in the order of their ids, one behind the other; null if there are none. */
export function globalGroupHash(hashes: string): string | null {
  return hashes === '' ? null : hash('sha1', hashes, 'hex');
}
