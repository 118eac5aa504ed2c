import { MusterError } from '../protocol/errors.ts';
import { Turns } from '../turns.ts';
import type { AgentQuery } from './agent-query.ts';
import { ask, askAll, askRow, command, listIn, numberIn, textIn } from './ask.ts';
import { MAX_WAITING_WRITES } from './limits.ts';
import { countActiveAgents, countAgents, findAgents, groupNames, groupSizes } from './remote-find.ts';
import { agentsOfGroup, confirmGroups, groupHashes, groupsToSend, setAgentGroups } from './remote-groups.ts';
import { confirmInfo, unsyncedInfo, writeInfo } from './remote-info.ts';
import { listAgents } from './remote-list.ts';
import { SqlPager } from './sql.ts';
import type * as port from './store.ts';
import { writeGroups } from './write-groups.ts';

/**
 * The agent store in terms of the protocol alone. Everything here holds for any store that speaks it; one that can do
 * better does so.
 */
export abstract class QueryStore implements port.AgentStore {
  abstract readonly kind: port.StoreKind;
  abstract readonly died: Promise<MusterError>;
  readonly #query = (request: string) => this.query(request);
  readonly #infoPager = new SqlPager(this.#query);
  readonly #listPager = new SqlPager(this.#query);
  readonly #futurePager = new SqlPager(this.#query);
  readonly #findPager = new SqlPager(this.#query);
  readonly #groupPager = new SqlPager(this.#query);
  /** Two writers of agent information at the same time would not see each other. */
  readonly #writes = new Turns({ maxWaiting: MAX_WAITING_WRITES });

  abstract query(request: string): Promise<port.StoreAnswer>;
  abstract readonly storeId: string | null;
  abstract onGroupsChanged(listener: () => void): void;
  abstract onNews(listener: (news: port.StoreNews) => void): void;
  abstract close(): Promise<void>;
  abstract tellAgainTo(storeId: string): Promise<number>;
  abstract mirrorRegistry(): Promise<port.MirroredPiece | null>;

  unsyncedAgentInfo(afterId: number, _profiles?: port.ProfilesRead): Promise<port.AgentInfoPage> {
    return unsyncedInfo(this.#query, this.#infoPager, afterId);
  }

  confirmAgentInfo(
    rows: readonly port.AgentInfoRow[],
    wanted: readonly number[] | null = [],
  ): Promise<number> {
    const left = new Set(wanted ?? rows.map(({ id }) => id));
    return confirmInfo(
      this.#query,
      rows.filter(({ id }) => !left.has(id)),
    );
  }

  writeAgentInfo(chunk: string, options: port.WriteInfoOptions = {}): Promise<port.AgentInfoWritten> {
    return this.#writes.run(() => writeInfo(this.#query, chunk, options), options.signal);
  }

  groupsToSend(order: port.GroupsOrder): Promise<port.AgentGroupsPage> {
    return groupsToSend(this.#query, this.#futurePager, order);
  }

  confirmAgentGroups(agents: readonly port.AgentGroups[]): Promise<number> {
    return confirmGroups(this.#query, agents);
  }

  setAgentGroups(order: port.SetAgentGroups): Promise<port.AgentGroupsWritten> {
    return setAgentGroups(this.#query, order);
  }

  writeAgentGroups(chunk: string): Promise<port.GroupsChunkWritten> {
    return writeGroups(this, chunk);
  }

  async groupsHash(): Promise<string | null> {
    const { hash } = await this.groupsToSend({ agents: 'none', withHash: true });
    if (hash === undefined) throw new MusterError(2007, 'the hash was asked for and is missing');
    return hash;
  }

  groupHashes(afterId: number): Promise<port.GroupHashesPage> {
    return groupHashes(this.#query, afterId);
  }

  recalculateGroupHashes(): Promise<void> {
    return this.#do('recalculate-agent-group-hashes');
  }

  insertAgent({ id, name, ip, registerIp, internalKey, group, dateAddS }: port.NewAgent): Promise<void> {
    return this.#do('insert-agent', {
      id,
      name,
      ip,
      register_ip: registerIp,
      internal_key: internalKey,
      group,
      date_add: dateAddS,
    });
  }

  updateAgentName(id: number, name: string): Promise<void> {
    return this.#do('update-agent-name', { id, name });
  }

  async updateAgentData({ id, columns, ip, labels, ...statuses }: port.AgentData): Promise<void> {
    await this.#do('update-agent-data', {
      id,
      ...columns,
      agent_ip: ip,
      connection_status: statuses.connectionStatus,
      sync_status: statuses.syncStatus,
      group_config_status: statuses.groupConfigStatus,
      labels: labels && Object.entries(labels).map(labelLine).join('\n'),
    });
  }

  updateKeepalive(id: number, connection: port.ConnectionStatus, sync: port.SyncStatus): Promise<void> {
    return this.#do('update-keepalive', { id, connection_status: connection, sync_status: sync });
  }

  updateConnectionStatus(change: port.ConnectionChange): Promise<void> {
    return this.#do('update-connection-status', {
      id: change.id,
      connection_status: change.connectionStatus,
      sync_status: change.syncStatus,
      status_code: change.statusCode,
    });
  }

  updateStatusCode({ id, statusCode, version, syncStatus }: port.StatusCodeChange): Promise<void> {
    return this.#do('update-status-code', { id, status_code: statusCode, version, sync_status: syncStatus });
  }

  resetAgentsConnection(sync: port.SyncStatus): Promise<void> {
    return this.#do('reset-agents-connection', sync);
  }

  disconnectAgents(keepaliveBeforeS: number, sync: port.SyncStatus): Promise<number[]> {
    const requestAfter = (lastId: number) => `global disconnect-agents ${lastId} ${keepaliveBeforeS} ${sync}`;
    return askAll(this.#query, requestAfter, 0);
  }

  async agentInfo(id: number): Promise<port.AgentInfo | null> {
    return (await this.#row(`get-agent-info ${id}`)) as port.AgentInfo | null;
  }

  allAgents(afterId = 0): Promise<number[]> {
    return askAll(this.#query, (lastId) => `global get-all-agents last_id ${lastId}`, afterId);
  }

  agentsByConnectionStatus(status: port.ConnectionStatus): Promise<number[]> {
    const requestAfter = (lastId: number) => `global get-agents-by-connection-status ${lastId} ${status}`;
    return askAll(this.#query, requestAfter, 0);
  }

  async findAgent(name: string, registerIp: string): Promise<number | null> {
    const row = await this.#row(`find-agent ${JSON.stringify({ name, ip: registerIp })}`);
    return row === null ? null : idOf(row);
  }

  async agentName(id: number): Promise<string | null> {
    const row = await this.#row(`select-agent-name ${id}`);
    return row === null ? null : textIn(row, 'name');
  }

  async labels(id: number): Promise<port.AgentLabel[]> {
    const rows = await this.#list(`get-labels ${id}`);
    return rows.map((row) => ({ id: idOf(row), key: textIn(row, 'key'), value: textIn(row, 'value') }));
  }

  deleteAgent(id: number): Promise<void> {
    return this.#do('delete-agent', String(id));
  }

  listAgents(afterId: number): Promise<port.AgentsPage> {
    return listAgents(this.#listPager, afterId);
  }

  countActiveAgents(nodeNames: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return countActiveAgents(this.#query, nodeNames);
  }

  findAgents(query: AgentQuery): Promise<port.FoundAgents> {
    return findAgents(this.#query, this.#findPager, query);
  }

  countAgents(column: 'connection_status' | 'group_config_status'): Promise<ReadonlyMap<string, number>> {
    return countAgents(this.#query, column);
  }

  async findGroup(name: string): Promise<number | null> {
    const row = await this.#row(`find-group ${name}`);
    return row === null ? null : idOf(row);
  }

  insertGroup(name: string): Promise<void> {
    return this.#do('insert-agent-group', name);
  }

  deleteGroup(name: string): Promise<void> {
    return this.#do('delete-group', name);
  }

  groups(): Promise<string[]> {
    return groupNames(this.#groupPager);
  }

  groupSizes(): Promise<port.GroupSize[]> {
    return groupSizes(this.#groupPager);
  }

  async groupsOfAgent(id: number): Promise<string[]> {
    return (await this.#list(`select-group-belong ${id}`)).map(String);
  }

  agentsOfGroup(name: string): Promise<number[]> {
    return agentsOfGroup(this.#query, name);
  }

  async backup(): Promise<string> {
    const [path] = await this.#list('backup create');
    if (typeof path !== 'string') throw new MusterError(2007, 'the path of the back-up is no text');
    return path;
  }

  /** A command that only changes something; fields that are undefined are left out. */
  #do(name: string, args?: string | object): Promise<void> {
    const text = typeof args === 'object' ? JSON.stringify(args) : args;
    return command(this.#query, text === undefined ? `global ${name}` : `global ${name} ${text}`);
  }

  #row(request: string) {
    return askRow(this.#query, `global ${request}`);
  }

  async #list(request: string): Promise<unknown[]> {
    return listIn(await ask(this.#query, `global ${request}`));
  }
}

const idOf = (row: unknown) => numberIn(row, 'id');

function labelLine([key, value]: [string, string]): string {
  const fits = key !== '' && !/[:\n]/.test(key) && !value.includes('\n');
  if (!fits) throw new MusterError(3201, `the label ${JSON.stringify(key)} cannot be written`);
  return `${key}:${value}`;
}
