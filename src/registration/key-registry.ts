import { ANY_ADDRESS, canonicalAddress } from './agent-address.ts';
import { type ClientKey, type KeyLine, keyLine, purgedLine, removedLine } from './key-lines.ts';
import { MAX_AGENT_ID } from './limits.ts';

/**
 * The lines of `etc/client.keys` while they are changed, and what of them is taken. Ids of removed agents are, and those of
 * lines that cannot be read. It changes what it is told to: whether that may be is for its user to see.
 */
export class KeyRegistry {
  readonly #lines: KeyLine[] = [];
  /** Where the line of an id stands, if it can be read. */
  readonly #places = new Map<number, number>();
  readonly #ids = new Set<number>();
  readonly #names = new Map<string, number>();
  readonly #addresses = new Map<string, number>();
  #nextId = 1;
  #isChanged = false;

  constructor(lines: Iterable<KeyLine>) {
    for (const line of lines) {
      const place = this.#lines.push(line) - 1;
      if (line.agent !== null) this.#places.set(line.agent.id, place);
      if (line.agent !== null && !line.isRemoved) this.#enter(line.agent);
      else if (line.id !== null) this.#take(line.id);
    }
  }

  get lines(): readonly KeyLine[] {
    return this.#lines;
  }

  /** Agents that may connect. */
  get agents(): ClientKey[] {
    return this.#lines.flatMap(({ agent, isRemoved }) => (agent === null || isRemoved ? [] : [agent]));
  }

  get isChanged(): boolean {
    return this.#isChanged;
  }

  /**
   * The highest id that there has ever been, and one more. Where somebody chose the last one that there can be, the highest
   * after which one is free: nobody takes all ids by taking the last. One that no agent may have if none is free.
   */
  get nextId(): number {
    while (this.#ids.has(this.#nextId)) this.#nextId += 1;
    if (this.#nextId > MAX_AGENT_ID) this.#nextId = this.#highestWithRoom() + 1;
    return this.#nextId;
  }

  /** The highest id of those that are taken after which one is free; 0 if that is the first, the last one if none is. */
  #highestWithRoom(): number {
    let highest = 0;
    for (const id of this.#ids) {
      if (id > highest && id < MAX_AGENT_ID && !this.#ids.has(id + 1)) highest = id;
    }
    return highest === 0 && this.#ids.has(1) ? MAX_AGENT_ID : highest;
  }

  /** Whether an agent has this id, or had it. */
  isTaken(id: number): boolean {
    return this.#ids.has(id);
  }

  /** The line of an agent that may connect; null if there is none of this id. */
  lineOf(id: number): (KeyLine & { readonly agent: ClientKey }) | null {
    const line = this.#lines[this.#places.get(id) ?? -1];
    return line === undefined || line.agent === null || line.isRemoved
      ? null
      : { ...line, agent: line.agent };
  }

  /** Id of the agent of this name; null if it is free. */
  idWithName(name: string): number | null {
    return this.#names.get(name) ?? null;
  }

  /** Id of the agent of this address; null if it is free, as `any` always is. */
  idWithAddress(ip: string): number | null {
    return this.#addresses.get(canonicalAddress(ip)) ?? null;
  }

  /** An agent of an id that is not taken; or of that of a removed agent, whose line goes then. */
  add(agent: ClientKey): void {
    const place = this.#places.get(agent.id) ?? this.#lines.length;
    this.#lines[place] = keyLine(agent);
    this.#places.set(agent.id, place);
    this.#enter(agent);
    this.#isChanged = true;
  }

  /** The agent that is no more; null if there was none. Its id stays taken; name and key stay in the line unless it is purged. */
  remove(id: number, { isPurged = false } = {}): ClientKey | null {
    const line = this.lineOf(id);
    if (line === null) return null;
    const { name, ip } = line.agent;
    this.#lines[this.#places.get(id) ?? -1] = isPurged ? purgedLine(line) : removedLine(line);
    if (this.#names.get(name) === id) this.#names.delete(name);
    const address = canonicalAddress(ip);
    if (this.#addresses.get(address) === id) this.#addresses.delete(address);
    this.#isChanged = true;
    return line.agent;
  }

  #enter({ id, name, ip }: ClientKey): void {
    this.#take(id);
    this.#names.set(name, id);
    if (ip !== ANY_ADDRESS) this.#addresses.set(canonicalAddress(ip), id);
  }

  #take(id: number): void {
    this.#ids.add(id);
    // The last one says nothing of which are free.
    if (id >= this.#nextId && id < MAX_AGENT_ID) this.#nextId = id + 1;
  }
}
