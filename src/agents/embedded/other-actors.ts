import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { near, parseCommand, type WdbRequest } from '../wdb-grammar.ts';
import { wordsOf } from './arguments.ts';
import type { AgentDatabase } from './database.ts';

/** Digits that the names of the agents' own databases have at least. */
const ID_DIGITS = 3;
const AGENT_ID = /^\d{1,10}$/;

/** What is answered to requests for anything but the agents' database: this store has only that. */
export function otherActorAnswer(database: AgentDatabase, { actor, rest }: WdbRequest): string {
  if (actor === 'agent') return agentAnswer(rest);
  if (actor === 'wazuhdb') return wazuhdbAnswer(database, rest);
  if (actor === 'mitre' || actor === 'task') return `err Couldn't open DB ${actor}`;
  return `err Invalid DB query actor: '${actor.slice(0, 32)}'`;
}

function agentAnswer(rest: string): string {
  const { name: id, args } = parseCommand(rest);
  if (args === null) return `err Invalid DB query syntax, ${near(rest)}`;
  return AGENT_ID.test(id) ? 'err Agent not found' : `err Invalid agent ID '${id.slice(0, 32)}'`;
}

function wazuhdbAnswer(database: AgentDatabase, rest: string): string {
  const { name, args } = parseCommand(rest);
  if (name !== 'remove' || args === null) return `err Invalid DB query syntax, ${near(rest)}`;
  const agents: Record<string, string> = {};
  for (const word of wordsOf(args))
    agents[word] = AGENT_ID.test(word) ? removeFile(database, word) : 'Invalid agent ID';
  return `ok ${JSON.stringify({ agents })}`;
}

/** Removes the database that another program kept for an agent. */
function removeFile(database: AgentDatabase, id: string): string {
  const file = join(database.home, 'queue/db', `${Number(id).toString().padStart(ID_DIGITS, '0')}.db`);
  try {
    if (!statSync(file).isFile()) return "Can't delete";
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    return 'ok';
  } catch {
    return "Can't delete"; // there is none
  }
}

/** Requests in JSON ask for figures of the original, of which this store keeps none. */
export function jsonAnswer(text: string): string {
  const answer = (error: number, message: string) => JSON.stringify({ error, message, data: {} });
  try {
    const { command } = JSON.parse(text) as { command?: unknown };
    if (command === 'getstats' || command === 'getconfig') return answer(0, 'ok');
    return answer(6, 'Unrecognized command');
  } catch {
    return answer(1, 'Invalid JSON input');
  }
}
