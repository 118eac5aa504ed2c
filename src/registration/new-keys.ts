import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { MusterError } from '../protocol/errors.ts';
import { ANY_ADDRESS, canonicalAddress, isAgentAddress } from './agent-address.ts';
import { type ClientKey, formatAgentId, isAgentId, type KeyLine } from './key-lines.ts';
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

/** Keys for new agents beside what the file has. Throws for the first one that cannot be: 1705, 1706, 1708, 3210. */
export function newKeys(lines: readonly KeyLine[], agents: readonly NewClientKey[]): ClientKey[] {
  const taken = new Taken(lines);
  const random = randomBytes(KEY_BYTES * agents.length);
  return agents.map(({ name, ip, id }, index) => {
    checkForm(name, ip);
    const agent = {
      id: id ?? taken.nextId(),
      name,
      ip: canonicalAddress(ip),
      key: random.toString('hex', index * KEY_BYTES, (index + 1) * KEY_BYTES),
    };
    taken.add(agent);
    return agent;
  });
}

function checkForm(name: string, ip: string): void {
  const hasLength = name.length >= MIN_AGENT_NAME_CHARS && name.length <= MAX_AGENT_NAME_CHARS;
  if (!hasLength || !NAME.test(name)) {
    const allowed = `${MIN_AGENT_NAME_CHARS} to ${MAX_AGENT_NAME_CHARS} letters, digits, dots, underscores and dashes`;
    throw new MusterError(3210, `the name ${JSON.stringify(name)}; allowed: ${allowed}`);
  }
  if (!isAgentAddress(ip)) {
    throw new MusterError(
      3210,
      `the address ${JSON.stringify(ip)} of ${name}; allowed: \`${ANY_ADDRESS}\`, an address, or a network such as 10.0.0.0/24`,
    );
  }
}

/** Names, addresses and ids that are not free. Ids of removed agents and of lines that cannot be read are not, either. */
class Taken {
  readonly #ids = new Set<number>();
  readonly #names = new Map<string, number>();
  readonly #addresses = new Map<string, number>();
  readonly #managerName = hostname();
  #highestId = 0;

  constructor(lines: readonly KeyLine[]) {
    for (const { id, agent, isRemoved } of lines) {
      if (agent !== null && !isRemoved) this.#enter(agent);
      else if (id !== null) this.#addId(id);
    }
  }

  nextId(): number {
    return this.#highestId + 1;
  }

  /** Throws if anything of it is taken; in the order in which the original looks. */
  add(agent: ClientKey): void {
    const { id, name, ip } = agent;
    if (!isAgentId(id)) {
      throw new MusterError(
        3210,
        `the id ${id} of ${name}; allowed: a whole number from 1 to ${MAX_AGENT_ID}`,
      );
    }
    if (this.#ids.has(id)) {
      throw new MusterError(
        1708,
        `${formatAgentId(id)}; ids are not used again, not even those of removed agents`,
      );
    }
    const withAddress = this.#addresses.get(ip);
    if (withAddress !== undefined)
      throw new MusterError(1706, `${ip} is that of agent ${formatAgentId(withAddress)}`);
    if (name === this.#managerName) throw new MusterError(1705, `${name} is the name of this machine`);
    const withName = this.#names.get(name);
    if (withName !== undefined)
      throw new MusterError(1705, `${name} is that of agent ${formatAgentId(withName)}`);
    this.#enter(agent);
  }

  #enter({ id, name, ip }: ClientKey): void {
    this.#addId(id);
    this.#names.set(name, id);
    const address = canonicalAddress(ip);
    if (address !== ANY_ADDRESS) this.#addresses.set(address, id);
  }

  #addId(id: number): void {
    this.#ids.add(id);
    if (id > this.#highestId) this.#highestId = id;
  }
}
