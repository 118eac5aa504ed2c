import { isGroupName } from '../../../registration/group-name.ts';
import { groupId, groupsOf, insertGroup, leaveGroup } from '../agent-groups.ts';
import { CommandError, lastIdArgument, wordArgument, wordsOf } from '../arguments.ts';
import { type Answered, type Commands, chunkOf, DONE, ok, okRows } from '../command.ts';
import type { AgentDatabase } from '../database.ts';
import { agentIdArgument } from './agents.ts';

/** Commands for groups. */
export const groupCommands: Commands = {
  'find-group': { args: 'required', access: 'read', run: find },
  'insert-agent-group': { args: 'required', access: 'write', keepsProfiles: true, run: insert },
  'delete-group': { args: 'required', access: 'write', keepsProfiles: true, run: remove },
  'select-groups': { args: 'none', access: 'read', run: list },
  'select-group-belong': { args: 'required', access: 'read', run: belong },
  'get-group-agents': { args: 'required', access: 'read', run: agents },
  'get-distinct-groups': { args: 'optional', access: 'read', run: distinct },
};

function find(database: AgentDatabase, name: string): Answered {
  return okRows(database.all('SELECT id FROM `group` WHERE name = ?', name));
}

function insert(database: AgentDatabase, name: string): Answered {
  if (!isGroupName(name) || groupId(database, name) !== null) {
    throw new CommandError('Error inserting group in global.db.');
  }
  insertGroup(database, name);
  return DONE;
}

function remove(database: AgentDatabase, name: string): Answered {
  const group = groupId(database, name);
  if (group === null) return DONE;
  const members = database.all('SELECT id_agent FROM belongs WHERE id_group = ?', group);
  for (const { id_agent } of members) leaveGroup(database, Number(id_agent), group);
  database.run('DELETE FROM `group` WHERE id = ?', group);
  database.registryRevision += 1;
  return DONE;
}

/** What does not fit is left out: there is no way to ask for the rest. */
function list(database: AgentDatabase): Answered {
  const { payload } = chunkOf(database.statement('SELECT name FROM `group` ORDER BY id').iterate());
  return ok(payload ?? '[]');
}

function belong(database: AgentDatabase, args: string): Answered {
  return ok(JSON.stringify(groupsOf(database, agentIdArgument(args))));
}

function agents(database: AgentDatabase, args: string): Answered {
  const [name, ...words] = wordsOf(args);
  const lastId = lastIdArgument(words);
  const select = database.statement(`SELECT id_agent FROM belongs JOIN \`group\` ON \`group\`.id = id_group
    WHERE name = ? AND id_agent > ? ORDER BY id_agent`);
  return chunkOf(select.iterate(wordArgument(name, 'group_name'), lastId), (row) => String(row.id_agent));
}

function distinct(database: AgentDatabase, hash: string): Answered {
  const select = database.statement(`SELECT DISTINCT \`group\`, group_hash FROM agent
    WHERE id > 0 AND group_hash > ? ORDER BY group_hash`);
  return chunkOf(select.iterate(hash.trim()));
}
