/**
 * The agent store as the node uses it: agents, their groups, and what of both still has to travel.
 *
 * Two implementations, one compliance suite: a client of an existing wazuh-db, and an embedded store that serves the
 * same protocol to other local programs. Nothing that is read here is lost by reading it: rows count as synced only when
 * the caller confirms them, and a row that changed since it was read stays unsynced.
 *
 * Every method rejects with MusterError: 2003 the store answered `err`, 2005 nobody serves it, 2007 it answered
 * something that cannot be used, 2009 the answer is longer than answers may be, 2010 it ended within an answer, 3125 it is
 * closed, 3200 no answer in time, 3201 the request is too long, 3202 to 3206 the database of the embedded store.
 */
export interface AgentStore {
  /** Which implementation this is. */
  readonly kind: StoreKind;

  /**
   * One request of the wazuh-db protocol, without its frame: `global get-all-agents last_id -1`. An answer `err` does
   * not reject here: whoever forwards requests wants it as it is. All other methods reject with 2003.
   */
  query(request: string): Promise<StoreAnswer>;

  /** Ends it: requests under way fail with 3125, an embedded database is closed in order. */
  close(): Promise<void>;

  // Agent information: from workers to the master

  /**
   * A page of the agents whose changes the master does not know yet (`sync_status` is `syncreq`), by ascending id above
   * `afterId`; reading marks nothing. Start with 0; go on with `lastId` of the page until `isLast`.
   */
  unsyncedAgentInfo(afterId: number): Promise<AgentInfoPage>;

  /**
   * The master has these rows: marks them `synced`, but only those that are still as they were read. Resolves to how many
   * were marked; the others have changed since and come with the next reading.
   */
  confirmAgentInfo(rows: readonly AgentInfoRow[]): Promise<number>;

  /**
   * Writes a chunk that a worker sent: the text of `AgentInfoPage.chunk`. Agents that do not exist here are ignored, an
   * agent whose `last_keepalive` here is newer stays as it is, unknown fields are ignored. What is wrong with one agent
   * does not keep the others from being written. Rejects only if the store fails as a whole.
   */
  writeAgentInfo(chunk: string): Promise<AgentInfoWritten>;

  // Groups of agents: from the master to workers

  /** A page of agents with their groups, by ascending id, and the hash over all if asked for (on the last page). */
  groupsToSend(order: GroupsOrder): Promise<AgentGroupsPage>;

  /** All workers have these: marks them synced, but only those whose groups are still the same. Resolves to their number. */
  confirmAgentGroups(agents: readonly AgentGroups[]): Promise<number>;

  /**
   * Assigns groups. Long lists become several requests. What is wrong with one agent (unknown, an unknown group, 129
   * groups) does not keep the others from being written; it is told in `errors`.
   */
  setAgentGroups(order: SetAgentGroups): Promise<AgentGroupsWritten>;

  /** The hash over the groups of all agents; null when no agent has groups. */
  groupsHash(): Promise<string | null>;

  /**
   * A page of the hashes of single agents (null: no groups), by ascending id above `afterId`, so that two nodes can find
   * the agents in which they differ.
   */
  groupHashes(afterId: number): Promise<GroupHashesPage>;

  /** Computes the hash of every agent anew from its groups. */
  recalculateGroupHashes(): Promise<void>;

  // Agents

  /** Rejects with 2003 if the id is taken. */
  insertAgent(agent: NewAgent): Promise<void>;
  updateAgentName(id: number, name: string): Promise<void>;
  /** What an agent reports of itself; what is left out becomes NULL. Sets `last_keepalive` to now. */
  updateAgentData(data: AgentData): Promise<void>;
  /** Sets `last_keepalive` to now. */
  updateKeepalive(id: number, connection: ConnectionStatus, sync: SyncStatus): Promise<void>;
  updateConnectionStatus(change: ConnectionChange): Promise<void>;
  updateStatusCode(change: StatusCodeChange): Promise<void>;
  /** Every agent that is active or pending becomes disconnected (status code 5): the manager starts. */
  resetAgentsConnection(sync: SyncStatus): Promise<void>;
  /** Agents whose last keepalive is older than this become disconnected (status code 4). Resolves to their ids. */
  disconnectAgents(keepaliveBeforeS: number, sync: SyncStatus): Promise<number[]>;
  /** Null for an unknown id. */
  agentInfo(id: number): Promise<AgentInfo | null>;
  /** Ids above `afterId`, ascending; -1 includes the manager itself. */
  allAgents(afterId?: number): Promise<number[]>;
  agentsByConnectionStatus(status: ConnectionStatus): Promise<number[]>;
  /** The agent of this name and registered address; null if there is none. */
  findAgent(name: string, registerIp: string): Promise<number | null>;
  agentName(id: number): Promise<string | null>;
  labels(id: number): Promise<AgentLabel[]>;
  /** Also for unknown ids. Labels and assignments of groups go with it. */
  deleteAgent(id: number): Promise<void>;
  /** A page of agents for a person, by ascending id above `afterId`; the manager itself (0) is none of them. */
  listAgents(afterId: number): Promise<AgentsPage>;
  /** Agents with status `active` that report to this node. */
  countActiveAgents(nodeName: string): Promise<number>;

  // Groups

  /** Null if there is no such group. */
  findGroup(name: string): Promise<number | null>;
  /** Rejects with 2003 for a name that is taken or not allowed. */
  insertGroup(name: string): Promise<void>;
  /** Also for unknown names. Agents left without groups go to `default`. */
  deleteGroup(name: string): Promise<void>;
  groups(): Promise<string[]>;
  groupsOfAgent(id: number): Promise<string[]>;
  agentsOfGroup(name: string): Promise<number[]>;

  // Care

  /** Writes a compressed copy of the database. Resolves to its path below the home. */
  backup(): Promise<string>;
}

export type StoreKind = 'wazuh-db' | 'embedded';

/** Where a row stands on its way to the other nodes. */
export type SyncStatus = 'synced' | 'syncreq';
export type ConnectionStatus = 'pending' | 'never_connected' | 'active' | 'disconnected';
export type GroupConfigStatus = 'synced' | 'not synced';

/** `due`: as `ok`, and there is more. `ign` and `unk` are not used by the commands that nodes need. */
export type AnswerStatus = 'ok' | 'due' | 'err' | 'ign' | 'unk';

export interface StoreAnswer {
  readonly status: AnswerStatus;
  /** Empty where there is none. */
  readonly payload: string;
}

/** One agent as it was read: its id, and its row as JSON text. `confirmAgentInfo` compares the text. */
export interface AgentInfoRow {
  readonly id: number;
  readonly text: string;
}

export interface AgentInfoPage {
  readonly rows: readonly AgentInfoRow[];
  /** The rows as one JSON array, `[]` when there are none; fits the request that writes it elsewhere. */
  readonly chunk: string;
  /** Where the next page starts. */
  readonly lastId: number;
  readonly isLast: boolean;
}

/** What became of a chunk. */
export interface AgentInfoWritten {
  /** Agents that were written. */
  readonly updated: number;
  /** Agents whose keepalive here is newer. */
  readonly stale: number;
  /** Agents that do not exist here. */
  readonly unknown: number;
  /** What was wrong, agent by agent; one entry for a chunk that cannot be read at all. */
  readonly errors: readonly string[];
}

/** An agent and its groups, the first has priority. */
export interface AgentGroups {
  readonly id: number;
  readonly groups: readonly string[];
}

export interface GroupsOrder {
  /** `unsynced`: agents whose assignment is not broadcast yet. `none`: the hash alone. */
  readonly agents: 'unsynced' | 'all' | 'none';
  /** Only agents above this id; 0 if left out. */
  readonly afterId?: number;
  /** Asks for the hash. */
  readonly withHash?: boolean;
  /**
   * Marks what is returned as synced at once, which loses it if it does not arrive: `confirmAgentGroups` does not. For
   * those who must behave as the original.
   */
  readonly setSynced?: boolean;
  /** Leaves out agents that were added less than this long ago. */
  readonly registrationDeltaS?: number;
}

export interface AgentGroupsPage {
  readonly agents: readonly AgentGroups[];
  /** Present on the last page if asked for; null when no agent has groups. */
  readonly hash?: string | null;
  /** Where the next page starts. */
  readonly lastId: number;
  readonly isLast: boolean;
}

/** `empty_only`: only agents without any group. `remove`: an agent left without goes to `default`. */
export type GroupsMode = 'override' | 'append' | 'empty_only' | 'remove';

export interface SetAgentGroups {
  readonly mode: GroupsMode;
  /** `syncreq`: still to be broadcast. */
  readonly syncStatus: SyncStatus;
  readonly agents: readonly AgentGroups[];
}

export interface AgentGroupsWritten {
  /** Requests that were answered `ok`. */
  readonly updated: number;
  readonly errors: readonly string[];
}

export interface GroupHashesPage {
  readonly agents: readonly { readonly id: number; readonly hash: string | null }[];
  readonly lastId: number;
  readonly isLast: boolean;
}

export interface NewAgent {
  readonly id: number;
  readonly name: string;
  readonly ip?: string;
  readonly registerIp?: string;
  readonly internalKey?: string;
  readonly group?: string;
  /** Seconds since the epoch. */
  readonly dateAddS: number;
}

/** Fields that workers report, by the names of their columns. */
export interface AgentData {
  readonly id: number;
  readonly connectionStatus: ConnectionStatus;
  readonly groupConfigStatus: GroupConfigStatus;
  readonly syncStatus: SyncStatus;
  /** Columns: os_name, os_version, os_major, os_minor, os_codename, os_platform, os_build, os_uname, os_arch, version, config_sum, merged_sum, manager_host, node_name. */
  readonly columns: Readonly<Partial<Record<ReportedColumn, string>>>;
  /** Address of the agent; unchanged if left out. */
  readonly ip?: string;
  /** All labels of the agent; none if left out. Keys have no colon, keys and values no newline. */
  readonly labels?: Readonly<Record<string, string>>;
}

export type ReportedColumn =
  | 'os_name'
  | 'os_version'
  | 'os_major'
  | 'os_minor'
  | 'os_codename'
  | 'os_platform'
  | 'os_build'
  | 'os_uname'
  | 'os_arch'
  | 'version'
  | 'config_sum'
  | 'merged_sum'
  | 'manager_host'
  | 'node_name';

export interface ConnectionChange {
  readonly id: number;
  readonly connectionStatus: ConnectionStatus;
  readonly syncStatus: SyncStatus;
  readonly statusCode: number;
}

export interface StatusCodeChange {
  readonly id: number;
  readonly statusCode: number;
  readonly version?: string;
  readonly syncStatus: SyncStatus;
}

/** A row of table `agent` by its column names, without the columns that are NULL. */
export type AgentInfo = Readonly<Record<string, string | number>> & { readonly id: number };

export interface AgentLabel {
  readonly id: number;
  readonly key: string;
  readonly value: string;
}

/** What lists of agents show; times are seconds since the epoch. */
export interface AgentSummary {
  readonly id: number;
  readonly name: string;
  readonly ip: string | null;
  readonly version: string | null;
  readonly osName: string | null;
  readonly nodeName: string | null;
  readonly groups: readonly string[];
  readonly connectionStatus: ConnectionStatus;
  readonly syncStatus: SyncStatus;
  readonly lastKeepaliveS: number | null;
}

export interface AgentsPage {
  readonly agents: readonly AgentSummary[];
  readonly lastId: number;
  readonly isLast: boolean;
}
