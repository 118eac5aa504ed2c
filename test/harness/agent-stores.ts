import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';

/** What of an agent travels from a worker to its master: section 7.1 of the protocol of wazuh-db. */
const REPORTED =
  'id,name,ip,os_name,os_version,os_major,os_minor,os_codename,os_build,os_platform,os_uname,os_arch,version,config_sum,merged_sum,manager_host,node_name,last_keepalive,connection_status,disconnection_time,group_config_status,status_code';
const BUSY_TIMEOUT_MS = 5_000;

type Row = Record<string, SQLOutputValue>;

export interface StoredAgent {
  /** Every column that travels, and the labels, as one text. */
  readonly reported: string;
  /** 0 if it was never heard of. */
  readonly keepaliveS: number;
  readonly isUnsynced: boolean;
  /** Names in the order of their priority. */
  readonly groups: string;
  /** The columns that repeat them. */
  readonly groupsText: string | null;
  readonly groupsHash: string | null;
  readonly areGroupsUnsynced: boolean;
}

/** Agents of a store, as its file has them: by id, without the manager itself. */
export type StoredAgents = ReadonlyMap<number, StoredAgent>;

/** Reads the database of a home, whoever has it open, and with no code of its store. */
export function readStore(home: string): StoredAgents {
  const database = new DatabaseSync(join(home, 'queue/db/global.db'), {
    readOnly: true,
    timeout: BUSY_TIMEOUT_MS,
  });
  try {
    database.exec('BEGIN'); // all of it as it was at one moment
    return new Map(agentsIn(database).map((row) => [Number(row.id), agentOf(database, row)]));
  } finally {
    database.close();
  }
}

function agentsIn(database: DatabaseSync): Row[] {
  const others = 'sync_status,`group`,group_hash,group_sync_status';
  return database.prepare(`SELECT ${REPORTED},${others} FROM agent WHERE id > 0 ORDER BY id`).all();
}

function agentOf(database: DatabaseSync, row: Row): StoredAgent {
  const id = Number(row.id);
  const labels = database.prepare('SELECT key, value FROM labels WHERE id = ? ORDER BY key').all(id);
  const groups = database
    .prepare(
      'SELECT name FROM belongs JOIN `group` ON `group`.id = id_group WHERE id_agent = ? ORDER BY priority',
    )
    .all(id);
  return {
    reported: JSON.stringify([...REPORTED.split(',').map((column) => row[column]), labels]),
    keepaliveS: Number(row.last_keepalive ?? 0),
    isUnsynced: row.sync_status !== 'synced',
    groups: groups.map(({ name }) => name).join(','),
    groupsText: row.group as string | null,
    groupsHash: row.group_hash as string | null,
    areGroupsUnsynced: row.group_sync_status !== 'synced',
  };
}

/** The checksum over the groups of all agents. */
export function checksumOf(agents: StoredAgents): string | null {
  const hashes = [...agents.values()].flatMap(({ groupsHash }) => groupsHash ?? []);
  return hashes.length === 0 ? null : createHash('sha1').update(hashes.join('')).digest('hex');
}

/**
 * What keeps the stores of a cluster from being in step, in words; nothing if they are: the same agents everywhere; of
 * each, on the master, what the worker has that heard of it last; the master's groups on each worker; nothing unsynced.
 */
export function disagreements(
  master: StoredAgents,
  workers: Readonly<Record<string, StoredAgents>>,
): string[] {
  const found = Object.entries({ master, ...workers }).flatMap(([name, agents]) => faultsOf(name, agents));
  for (const [name, agents] of Object.entries(workers)) found.push(...groupsApart(name, agents, master));
  for (const [id, agent] of master) {
    const heard = Object.values(workers).flatMap((agents) => agents.get(id) ?? []);
    const newestS = Math.max(...heard.map(({ keepaliveS }) => keepaliveS));
    const newest = heard.filter(({ keepaliveS }) => keepaliveS === newestS);
    if (newestS > 0 && !newest.some(({ reported }) => reported === agent.reported))
      found.push(`agent ${id}: master ${agent.reported}, last heard of ${newest[0]?.reported}`);
  }
  return found;
}

/** What is wrong with one store by itself. */
function faultsOf(name: string, agents: StoredAgents): string[] {
  return [...agents].flatMap(([id, agent]) => {
    const text = agent.groups === '' ? null : agent.groups;
    const hash = text && createHash('sha256').update(text).digest('hex').slice(0, 8);
    return [
      agent.isUnsynced && 'is unsynced',
      agent.areGroupsUnsynced && 'has groups that are unsynced',
      agent.groupsText !== text && `is in ${text}, its column says ${agent.groupsText}`,
      agent.groupsHash !== hash && `has the hash ${agent.groupsHash}, not ${hash}`,
    ].flatMap((fault) => (fault ? `${name}: agent ${id} ${fault}` : []));
  });
}

function groupsApart(name: string, agents: StoredAgents, master: StoredAgents): string[] {
  const ids = new Set([...agents.keys(), ...master.keys()]);
  const apart = [...ids].flatMap((id) => {
    const [own, wanted] = [agents.get(id), master.get(id)];
    if (own === undefined || wanted === undefined)
      return `agent ${id} is not on ${own ? 'the master' : name}`;
    if (own.groups === wanted.groups) return [];
    return `${name}: agent ${id} is in (${own.groups}), on the master in (${wanted.groups})`;
  });
  if (checksumOf(agents) !== checksumOf(master)) apart.push(`${name}: the checksum is another`);
  return apart;
}
