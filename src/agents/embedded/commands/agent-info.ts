import { ChunkBuilder, type InfoObject } from '../../info-chunk.ts';
import { near } from '../../wdb-grammar.ts';
import { CommandError, integerArgument, jsonArgument, wordsOf } from '../arguments.ts';
import { type Answered, type Commands, DONE } from '../command.ts';
import type { AgentDatabase } from '../database.ts';
import { markSynced, unsyncedInfo } from '../info-reading.ts';
import { writeInfo } from '../info-rows.ts';

/** What nodes tell each other of agents, for other programs: reading marks as synced, as the original does it. */
export const agentInfoCommands: Commands = {
  'sync-agent-info-get': { args: 'optional', access: 'write', keepsProfiles: true, run: getInfo },
  'sync-agent-info-set': { args: 'required', access: 'write', run: setInfo },
};

function getInfo(database: AgentDatabase, args: string): Answered {
  const words = wordsOf(args);
  if (words[0] === 'last_id') database.infoCursor = integerArgument(words[1], 'last_id');
  const chunk = new ChunkBuilder();
  const ids: number[] = [];
  let isDue = false;
  for (const { id, text } of unsyncedInfo(database, database.infoCursor)) {
    if (chunk.add(text)) {
      ids.push(id);
    } else if (ids.length > 0) {
      isDue = true;
      break;
    }
    // One that alone is too long for an answer keeps nobody else waiting; it stays unsynced.
  }
  for (const id of ids) markSynced(database, id);
  database.infoCursor = isDue ? (ids.at(-1) ?? 0) : 0;
  return { status: isDue ? 'due' : 'ok', payload: chunk.toString() };
}

function setInfo(database: AgentDatabase, args: string): Answered {
  const list = jsonArgument(args);
  if (!Array.isArray(list)) throw new CommandError(`Invalid JSON data, ${near(args)}`);
  for (const agent of list) {
    if (typeof agent?.id !== 'number') throw new CommandError(`Invalid JSON data, ${near(args)}`);
    writeInfo(database, agent as InfoObject, 'program');
  }
  return DONE;
}
