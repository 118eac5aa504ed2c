import { integerArgument, lastIdArgument, objectArgument, wordArgument, wordsOf } from '../arguments.ts';
import { type Answered, type Commands, chunkOf, ok, okRows } from '../command.ts';
import type { AgentDatabase, Row } from '../database.ts';
import { rowJson } from '../row-json.ts';
import { AGENT_COLUMNS } from '../schema.ts';
import { agentIdArgument, setConnection } from './agents.ts';

/** Commands that tell of agents, and the one that finds those that are silent. */
export const agentListCommands: Commands = {
  'get-agent-info': { args: 'required', access: 'read', run: info },
  'select-agent-name': byId('SELECT name FROM agent WHERE id = ?'),
  'select-agent-group': byId('SELECT `group` FROM agent WHERE id = ?'),
  'get-labels': byId('SELECT id, key, value FROM labels WHERE id = ? ORDER BY key'),
  'get-all-agents': { args: 'required', access: 'read', run: all },
  'get-agents-by-connection-status': { args: 'required', access: 'read', run: byConnectionStatus },
  'find-agent': { args: 'required', access: 'read', run: find },
  'disconnect-agents': { args: 'required', access: 'write', keepsProfiles: true, run: disconnect },
};

const SELECT_INFO = `SELECT ${rowJson(AGENT_COLUMNS)} FROM agent WHERE id = ?`;

function info(database: AgentDatabase, args: string): Answered {
  return ok(`[${database.tuples(SELECT_INFO, agentIdArgument(args)).join(',')}]`);
}

function byId(sql: string): Commands[string] {
  return {
    args: 'required',
    access: 'read',
    run: (database, args) => okRows(database.all(sql, agentIdArgument(args))),
  };
}

function all(database: AgentDatabase, args: string): Answered {
  const lastId = lastIdArgument(wordsOf(args));
  return chunkOf(database.statement('SELECT id FROM agent WHERE id > ? ORDER BY id').iterate(lastId), idText);
}

const idText = ({ id }: Row) => `{"id":${id}}`;

function byConnectionStatus(database: AgentDatabase, args: string): Answered {
  const [lastId, status, node, limit] = wordsOf(args);
  const values = [integerArgument(lastId, 'last_id'), wordArgument(status, 'connection_status')];
  const select = 'SELECT id FROM agent WHERE id > ? AND connection_status = ?';
  if (node === undefined)
    return chunkOf(database.statement(`${select} ORDER BY id`).iterate(...values), idText);
  const ofNode = database.statement(`${select} AND node_name = ? ORDER BY id LIMIT ?`);
  return chunkOf(ofNode.iterate(...values, node, integerArgument(limit, 'limit')), idText);
}

/** Keys may be for one address of a network: `10.0.0.5/32`. */
const FIND = `SELECT id FROM agent
  WHERE name = ?1 AND (register_ip = ?2 OR substr(register_ip, 1, length(?2) + 1) = ?2 || '/')`;

function find(database: AgentDatabase, args: string): Answered {
  const { name, ip } = objectArgument(args, { texts: ['name', 'ip'] });
  return okRows(database.all(FIND, name as string, ip as string));
}

/** No keepalive for too long. */
const SILENT_CODE = 4;

function disconnect(database: AgentDatabase, args: string): Answered {
  const [lastId, keepalive, syncStatus] = wordsOf(args);
  const beforeS = integerArgument(keepalive, 'keepalive');
  const status = wordArgument(syncStatus, 'sync_status');
  const ids: number[] = [];
  const select = database.statement(`SELECT id FROM agent
    WHERE id > ? AND connection_status IN ('active', 'pending') AND last_keepalive < ? ORDER BY id`);
  const answered = chunkOf(select.iterate(integerArgument(lastId, 'last_id'), beforeS), (row: Row) => {
    ids.push(Number(row.id));
    return idText(row);
  });
  // The last one was looked at, and did not fit.
  if (answered.status === 'due') ids.pop();
  for (const id of ids) {
    setConnection(database, id, {
      connectionStatus: 'disconnected',
      syncStatus: status,
      statusCode: SILENT_CODE,
    });
  }
  return answered;
}
