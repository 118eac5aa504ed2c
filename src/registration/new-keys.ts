import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { MusterError } from '../protocol/errors.ts';
import { ANY_ADDRESS, canonicalAddress, isAgentAddress } from './agent-address.ts';
import { type ClientKey, formatAgentId, isAgentId } from './key-lines.ts';
import type { KeyRegistry } from './key-registry.ts';
import { MAX_AGENT_ID, MAX_AGENT_NAME_CHARS, MIN_AGENT_NAME_CHARS } from './limits.ts';

/** An agent that is to be registered. */
export interface NewClientKey {
  readonly name: string;
  /** `any`, an address, or a network. */
  readonly ip: string;
  /** The next one if left out. */
  readonly id?: number;
}

/** Keys have 64 hexadecimal digits. */
const KEY_BYTES = 32;
const NAME = /^[A-Za-z0-9._-]+$/;

/** A key as the registry makes them. */
export function newKey(): string {
  return randomBytes(KEY_BYTES).toString('hex');
}

/** Names of agents, in words. */
export const AGENT_NAME_RULE = `${MIN_AGENT_NAME_CHARS} to ${MAX_AGENT_NAME_CHARS} letters, digits, dots, underscores and dashes`;

/** Whether an agent may have this name: anything else could not be read again, or is none for the original's programs. */
export function isAgentName(name: string): boolean {
  return name.length >= MIN_AGENT_NAME_CHARS && name.length <= MAX_AGENT_NAME_CHARS && NAME.test(name);
}

/** Enters agents with new keys. Throws for the first one that cannot be: 1705, 1706, 1708, 3210. */
export function addNewKeys(registry: KeyRegistry, agents: readonly NewClientKey[]): ClientKey[] {
  return agents.map((wanted) => {
    checkForm(wanted);
    const { name, ip, id = registry.nextId } = wanted;
    checkFree(registry, { name, ip, id });
    const agent = { id, name, ip: canonicalAddress(ip), key: newKey() };
    registry.add(agent);
    return agent;
  });
}

/** Throws 3210 for a name, an address or an id that no agent may have. */
export function checkForm({ name, ip, id }: NewClientKey): void {
  if (!isAgentName(name)) {
    throw new MusterError(3210, `the name ${JSON.stringify(name)}; allowed: ${AGENT_NAME_RULE}`);
  }
  if (!isAgentAddress(ip)) {
    throw new MusterError(
      3210,
      `the address ${JSON.stringify(ip)} of ${name}; allowed: \`${ANY_ADDRESS}\`, an address, or a network such as 10.0.0.0/24`,
    );
  }
  if (id !== undefined && !isAgentId(id)) throw unfitId(id, name);
}

/** Throws if anything of it is taken; in the order in which the original looks. */
function checkFree(registry: KeyRegistry, { name, ip, id }: Required<NewClientKey>): void {
  if (!isAgentId(id)) throw unfitId(id, name);
  if (registry.isTaken(id)) {
    throw new MusterError(
      1708,
      `${formatAgentId(id)}; ids are not used again, not even those of removed agents`,
    );
  }
  const withAddress = registry.idWithAddress(ip);
  if (withAddress !== null) {
    throw new MusterError(1706, `${canonicalAddress(ip)} is that of agent ${formatAgentId(withAddress)}`);
  }
  if (name === hostname()) throw new MusterError(1705, `${name} is the name of this machine`);
  const withName = registry.idWithName(name);
  if (withName !== null) throw new MusterError(1705, `${name} is that of agent ${formatAgentId(withName)}`);
}

const unfitId = (id: number, name: string) =>
  new MusterError(3210, `the id ${id} of ${name}; allowed: a whole number from 1 to ${MAX_AGENT_ID}`);
