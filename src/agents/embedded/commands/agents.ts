import { MANAGER_KEEPALIVE_S, REPORTED_COLUMNS } from '../../columns.ts';
import { near } from '../../wdb-grammar.ts';
import {
  agentArgument,
  CommandError,
  integerArgument,
  textOrNull,
  wordArgument,
  wordsOf,
} from '../arguments.ts';
import { type Answered, type Commands, DONE } from '../command.ts';
import type { AgentDatabase } from '../database.ts';
import { replaceLabels } from '../info-rows.ts';

/** Commands that change agents: registration, and what agents report. */
export const agentCommands: Commands = {
  'insert-agent': { args: 'required', access: 'write', keepsProfiles: true, run: insert },
  'update-agent-name': { args: 'required', access: 'write', keepsProfiles: true, run: updateName },
  'update-agent-data': { args: 'required', access: 'write', keepsProfiles: true, run: updateData },
  'update-keepalive': { args: 'required', access: 'write', keepsProfiles: true, run: updateKeepalive },
  'update-connection-status': {
    args: 'required',
    access: 'write',
    keepsProfiles: true,
    run: updateConnection,
  },
  'update-status-code': { args: 'required', access: 'write', keepsProfiles: true, run: updateStatusCode },
  'reset-agents-connection': {
    args: 'required',
    access: 'write',
    keepsProfiles: true,
    run: resetConnections,
  },
  'delete-agent': { args: 'required', access: 'write', keepsProfiles: true, run: remove },
};

const SET_REPORTED = REPORTED_COLUMNS.map((column) => `${column} = ?`).join(', ');
const UPDATE_DATA = `
  UPDATE agent SET ${SET_REPORTED}, ip = coalesce(?, ip), connection_status = ?, group_config_status = ?,
    sync_status = ?, last_keepalive = ? WHERE id = ?`;

function insert(database: AgentDatabase, args: string): Answered {
  const agent = agentArgument(args, { texts: ['name'], numbers: ['date_add'] });
  database.run(
    'INSERT INTO agent (id, name, ip, register_ip, internal_key, date_add, `group`) VALUES (?, ?, ?, ?, ?, ?, ?)',
    agent.id,
    agent.name as string,
    textOrNull(agent.ip),
    textOrNull(agent.register_ip),
    textOrNull(agent.internal_key),
    agent.date_add as number,
    textOrNull(agent.group),
  );
  database.forget();
  database.heldProfiles.delete(agent.id);
  database.registryRevision += 1;
  return DONE;
}

function updateName(database: AgentDatabase, args: string): Answered {
  const { id, name } = agentArgument(args, { texts: ['name'] });
  database.run('UPDATE agent SET name = ? WHERE id = ?', name as string, id);
  return DONE;
}

function updateData(database: AgentDatabase, args: string): Answered {
  const agent = agentArgument(args);
  const changed = database.run(
    UPDATE_DATA,
    ...REPORTED_COLUMNS.map((column) => textOrNull(agent[column])),
    textOrNull(agent.agent_ip),
    textOrNull(agent.connection_status),
    textOrNull(agent.group_config_status),
    textOrNull(agent.sync_status) ?? 'synced',
    agent.id === 0 ? MANAGER_KEEPALIVE_S : database.nowS,
    agent.id,
  );
  database.heldProfiles.delete(agent.id);
  if (changed > 0) replaceLabels(database, agent.id, labelsIn(agent.id, textOrNull(agent.labels) ?? ''));
  return DONE;
}

/** Labels as agents report them: a line each, with a colon behind the key. */
function labelsIn(id: number, text: string) {
  const labels = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon !== -1) labels.set(line.slice(0, colon), line.slice(colon + 1));
  }
  // In the order in which they are read, so that equal ones are seen to be equal.
  return [...labels].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ id, key, value }));
}

function updateKeepalive(database: AgentDatabase, args: string): Answered {
  const agent = agentArgument(args, { texts: ['connection_status', 'sync_status'] });
  database.run(
    `UPDATE agent SET last_keepalive = ?, connection_status = ?, sync_status = ?, disconnection_time = 0,
      status_code = 0 WHERE id = ?`,
    agent.id === 0 ? MANAGER_KEEPALIVE_S : database.nowS,
    agent.connection_status as string,
    agent.sync_status as string,
    agent.id,
  );
  return DONE;
}

function updateConnection(database: AgentDatabase, args: string): Answered {
  const agent = agentArgument(args, {
    texts: ['connection_status', 'sync_status'],
    numbers: ['status_code'],
  });
  setConnection(database, agent.id, {
    connectionStatus: agent.connection_status as string,
    syncStatus: agent.sync_status as string,
    statusCode: agent.status_code as number,
  });
  return DONE;
}

export function setConnection(
  database: AgentDatabase,
  id: number,
  change: { connectionStatus: string; syncStatus: string; statusCode: number },
): void {
  database.run(
    `UPDATE agent SET connection_status = ?, sync_status = ?, disconnection_time = ?, status_code = ?
      WHERE id = ?`,
    change.connectionStatus,
    change.syncStatus,
    change.connectionStatus === 'disconnected' ? database.nowS : 0,
    change.statusCode,
    id,
  );
}

function updateStatusCode(database: AgentDatabase, args: string): Answered {
  const agent = agentArgument(args, { texts: ['sync_status'], numbers: ['status_code'] });
  database.run(
    'UPDATE agent SET status_code = ?, version = ?, sync_status = ? WHERE id = ?',
    agent.status_code as number,
    textOrNull(agent.version),
    agent.sync_status as string,
    agent.id,
  );
  database.heldProfiles.delete(agent.id);
  return DONE;
}

/** Reset by the manager. */
const RESET_CODE = 5;

function resetConnections(database: AgentDatabase, args: string): Answered {
  database.run(
    `UPDATE agent SET connection_status = 'disconnected', status_code = ${RESET_CODE}, sync_status = ?,
      disconnection_time = ?
      WHERE id > 0 AND connection_status NOT IN ('disconnected', 'never_connected')`,
    wordArgument(wordsOf(args)[0], 'sync_status'),
    database.nowS,
  );
  return DONE;
}

function remove(database: AgentDatabase, args: string): Answered {
  const id = agentIdArgument(args);
  database.run('DELETE FROM agent WHERE id = ?', id);
  database.heldProfiles.delete(id);
  database.forget();
  database.registryRevision += 1;
  return DONE;
}

/** The id of an agent, alone. */
export function agentIdArgument(args: string): number {
  const words = wordsOf(args);
  try {
    return integerArgument(words[0], 'id');
  } catch {
    throw new CommandError(`Invalid DB query syntax, ${near(args)}`);
  }
}
