import { inHome } from '../config/home.ts';
import { type ClientKey, type KeyLine, keyLinesOf } from './key-lines.ts';
import { KeyRegistry } from './key-registry.ts';
import { type KeysFile, readKeysFile, writeKeysFile } from './keys-file.ts';
import { addNewKeys, type NewClientKey } from './new-keys.ts';
import { withRegistryLock } from './registry-lock.ts';

export type { ClientKey, KeyLine } from './key-lines.ts';
export type { NewClientKey } from './new-keys.ts';

/** What stands in `etc/client.keys`. */
export interface ClientKeys {
  /** Agents that may connect, in the order of the file. */
  readonly agents: readonly ClientKey[];
  /** Agents that were removed; their ids stay taken. */
  readonly removed: readonly ClientKey[];
  /** Lines that cannot be read. They stay in the file. */
  readonly errors: readonly KeyLineError[];
}

export interface KeyLineError {
  /** From 1. */
  readonly line: number;
  readonly complaint: string;
}

/**
 * The registry of agents of a home, `etc/client.keys`, read on the thread that calls it. Null where there is no such file.
 * Throws 3113, 3119.
 */
export function readClientKeys(home: string): ClientKeys | null {
  const file = readKeysFile(inHome(home, 'clientKeys'));
  if (file === null) return null;
  const agents: ClientKey[] = [];
  const removed: ClientKey[] = [];
  const errors: KeyLineError[] = [];
  for (const [index, { agent, isRemoved, complaint }] of [...keyLinesOf(file.text)].entries()) {
    if (agent !== null) (isRemoved ? removed : agents).push(agent);
    if (complaint !== null) errors.push({ line: index + 1, complaint });
  }
  return { agents, removed, errors };
}

/** The lines of the registry, read apart only as they are asked for. Null where there is no such file. Throws 3113, 3119. */
export function clientKeyLines(home: string): Iterator<KeyLine, void> | null {
  const file = readKeysFile(inHome(home, 'clientKeys'));
  return file === null ? null : keyLinesOf(file.text);
}

/**
 * Registers agents, all or none, with new keys. An id that is not given is the highest that the file has ever had, and one
 * more. Throws 1705, 1706, 1708 for a name, address or id that is taken, 3210 for one that is not allowed, 3113, 3119,
 * 3211.
 */
export function addClientKeys(home: string, agents: readonly NewClientKey[]): ClientKey[] {
  if (agents.length === 0) return [];
  return changeClientKeys(home, (registry) => addNewKeys(registry, agents));
}

/** Removes agents; their ids stay taken. Returns those that were there. Throws 3113, 3119, 3211. */
export function removeClientKeys(home: string, ids: readonly number[]): ClientKey[] {
  return changeClientKeys(home, (registry) =>
    ids.map((id) => registry.remove(id)).filter((agent) => agent !== null),
  );
}

/**
 * Changes the registry while nobody else does; it is written whole or not at all, and not at all if nothing was changed or
 * the change throws. Throws 3113, 3119, 3211.
 */
export function changeClientKeys<Result>(home: string, change: (registry: KeyRegistry) => Result): Result {
  const path = inHome(home, 'clientKeys');
  return withRegistryLock(home, () => {
    const file = readKeysFile(path) ?? NEW_FILE;
    const registry = new KeyRegistry(keyLinesOf(file.text));
    const result = change(registry);
    if (registry.isChanged) writeKeysFile(path, registry.lines, file.encoding);
    return result;
  });
}

const NEW_FILE: KeysFile = { text: '', encoding: 'utf8' };
