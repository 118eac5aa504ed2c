import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentStore } from '../agents/store.ts';
import { systemWords } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import { addClientKeys, readClientKeys } from '../registration/client-keys.ts';
import type { SimulatedAgent } from './agent-state.ts';

const NUMBER_DIGITS = 5;
const DIRECTORY_MODE = 0o770;
const FILE_MODE = 0o660;

export interface Registered {
  readonly agents: readonly SimulatedAgent[];
  /** How many were not registered before. */
  readonly added: number;
}

/** Registers agents in a master's `etc/client.keys`, those that are not there already. Throws 3113, 3119, 3211. */
export function registerAgents(home: string, prefix: string, count: number): Registered {
  const known = new Map(readClientKeys(home)?.agents.map(({ id, name }) => [name, id]));
  const names = Array.from({ length: count }, (_, index) => nameOf(prefix, index + 1));
  const missing = names.filter((name) => !known.has(name));
  const added = addClientKeys(
    home,
    missing.map((name) => ({ name, ip: 'any' })),
  );
  for (const { id, name } of added) known.set(name, id);
  return { agents: names.map((name) => ({ id: known.get(name) ?? 0, name })), added: added.length };
}

/** `sim-00001` */
const nameOf = (prefix: string, number: number) => `${prefix}-${String(number).padStart(NUMBER_DIGITS, '0')}`;

/** Agents of earlier plays that a store has: at most so many, by ascending id. */
export async function knownAgents(
  store: AgentStore,
  prefix: string,
  count: number,
): Promise<SimulatedAgent[]> {
  const form = new RegExp(`^${prefix}-\\d{${NUMBER_DIGITS},}$`);
  const found: SimulatedAgent[] = [];
  for (let afterId = 0, isLast = false; !isLast && found.length < count; ) {
    const page = await store.listAgents(afterId);
    found.push(...page.agents.filter(({ name }) => form.test(name)).map(({ id, name }) => ({ id, name })));
    ({ lastId: afterId, isLast } = page);
  }
  return found.slice(0, count);
}

/** Makes groups on a master: directories in `etc/shared` with a configuration, those that are not there already. Throws 3119. */
export function makeGroups(home: string, prefix: string, count: number): string[] {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-group-${index + 1}`);
  for (const name of names) makeGroup(join(home, 'etc/shared', name), name);
  return names;
}

function makeGroup(directory: string, name: string): void {
  const file = join(directory, 'agent.conf');
  if (existsSync(file)) return;
  const text = `<agent_config>\n  <labels>\n    <label key="group">${name}</label>\n  </labels>\n</agent_config>\n`;
  try {
    mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
    writeFileSync(file, text, { mode: FILE_MODE });
  } catch (error) {
    throw new MusterError(3119, `${file}: ${systemWords(error)}`, { cause: error });
  }
}
