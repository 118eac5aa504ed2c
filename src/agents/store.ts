import type { MusterError } from '../protocol/errors.ts';
import type { AgentQuery } from './agent-query.ts';
import type {
  AgentData,
  AgentGroups,
  AgentGroupsPage,
  AgentGroupsWritten,
  AgentInfo,
  AgentInfoPage,
  AgentInfoRow,
  AgentInfoWritten,
  AgentLabel,
  AgentsPage,
  ConnectionChange,
  ConnectionStatus,
  FoundAgents,
  GroupHashesPage,
  GroupSize,
  GroupsChunkWritten,
  GroupsOrder,
  MirroredPiece,
  NewAgent,
  ProfilesRead,
  SetAgentGroups,
  StatusCodeChange,
  StoreAnswer,
  StoreKind,
  StoreNews,
  SyncStatus,
  WriteInfoOptions,
} from './store-types.ts';

export type * from './store-types.ts';

/**
 * The agent store as the node uses it: agents, their groups, and what of both still has to travel.
 *
 * Two implementations, one compliance suite: a client of an existing wazuh-db, and an embedded store that serves the
 * same protocol to other local programs. Nothing that is read here is lost by reading it: rows count as synced only when
 * the caller confirms them, and a row that changed since it was read stays unsynced.
 *
 * Every method rejects with MusterError: 2003 the store answered `err`, 2005 nobody serves it, 2007 it answered
 * something that cannot be used, 2009 the answer is longer than answers may be, 2010 it ended within an answer, 3125 it is
 * closed, 3200 no answer in time, 3201 the request is too long, 3202 to 3206 the database of the embedded store. Every call
 * has a deadline: from when it is asked, of a wazuh-db; from when its thread begins it, of an embedded store, which has died
 * when it reaches one.
 */
export interface AgentStore {
  /** Which implementation this is. */
  readonly kind: StoreKind;

  /**
   * One request of the wazuh-db protocol, without its frame: `global get-all-agents last_id -1`. An answer `err` does
   * not reject here: whoever forwards requests wants it as it is. All other methods reject with 2003.
   */
  query(request: string): Promise<StoreAnswer>;

  /**
   * Resolves when it has died and answers nothing any more, though nobody closed it: 3200 it did not answer in time; 3206
   * its thread ended, or its database or its socket is not the one any more that others find in its place. A client of a
   * wazuh-db does not die: each request connects anew if it has to.
   */
  readonly died: Promise<MusterError>;

  /**
   * Which set of rows it holds, as 32 hexadecimal digits: another one after they were lost or restored. Null for a wazuh-db,
   * which does not tell.
   */
  readonly storeId: string | null;

  /**
   * Tells whoever listens last that agents or their groups may have changed, by whatever program. A client of a wazuh-db
   * does not hear of it, and looks at the hash over all groups now and then.
   */
  onGroupsChanged(listener: () => void): void;

  /** Tells whoever listens last what befalls it, once when it begins. What came before is told at once. */
  onNews(listener: (news: StoreNews) => void): void;

  /**
   * Ends it: requests under way fail with 3125, an embedded database is closed in order. Rejects with 3200 if that takes too
   * long; it has ended all the same, and what was asked last may not be written.
   */
  close(): Promise<void>;

  // Agent information: from workers to the master

  /**
   * A page of the agents whose changes the master does not know yet (`sync_status` is `syncreq`), by ascending id above
   * `afterId`; reading marks nothing. Start with 0; go on with `lastId` of the page until `isLast`. `profiles`: for a master
   * that knows them; `none` if left out.
   */
  unsyncedAgentInfo(afterId: number, profiles?: ProfilesRead): Promise<AgentInfoPage>;

  /**
   * All that is synced was told to a master whose store has this id: where it was another one, everything that agents have
   * reported here is marked as unsynced. Resolves to how many were marked. A wazuh-db does not remember it, and marks none.
   */
  tellAgainTo(storeId: string): Promise<number>;

  /**
   * The master has these rows: marks them `synced`, but only those that are still as they were read. Resolves to how many
   * were marked; the others have changed since and come with the next reading. So do those that it wants as a whole; null:
   * all of them.
   */
  confirmAgentInfo(rows: readonly AgentInfoRow[], wanted?: readonly number[] | null): Promise<number>;

  /**
   * Writes a chunk that a worker sent: the text of `AgentInfoPage.chunk`. Keepalives are written by this node's clock, and
   * never lie in the future. Agents that do not exist here are ignored, an agent whose `last_keepalive` here is newer stays
   * as it is. Only what a worker may set (`WORKER_COLUMNS`) and labels are written; of an agent without a name, whose profile
   * is the one that is here, what a keepalive changes (`KEEPALIVE_COLUMNS`). What is wrong with one agent does not
   * keep the others from being written. Rejects only if the store fails as a whole, with 3110 if too many write, and with
   * 3120 when nobody wants the result any more: what was not written by then is not.
   */
  writeAgentInfo(chunk: string, options?: WriteInfoOptions): Promise<AgentInfoWritten>;

  // Groups of agents: from the master to workers

  /** A page of agents with their groups, by ascending id, and the hash over all if asked for (on the last page). */
  groupsToSend(order: GroupsOrder): Promise<AgentGroupsPage>;

  /** All workers have these: marks them synced, but only those whose groups are still the same. Resolves to their number. */
  confirmAgentGroups(agents: readonly AgentGroups[]): Promise<number>;

  /**
   * Assigns groups. Long lists become several requests. What is wrong with one agent (unknown, an unknown group, 129
   * groups) does not keep the others from being written; it is told in `errors`, with the agent and the group.
   */
  setAgentGroups(order: SetAgentGroups): Promise<AgentGroupsWritten>;

  /**
   * Writes a chunk that a master sent: its agents have these groups afterwards, and no others, marked as synced. Groups that
   * are not known here and that agents can have are made: which there are says the master. What is wrong with one agent does
   * not keep the others from being written. Rejects only if the store fails as a whole.
   */
  writeAgentGroups(chunk: string): Promise<GroupsChunkWritten>;

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
  /** How many agents with status `active` report to each of these nodes, by their names as they were asked for. */
  countActiveAgents(nodeNames: readonly string[]): Promise<ReadonlyMap<string, number>>;

  /**
   * The agents that a query asks for, the manager itself (0) among them, filtered and sorted. It may name any
   * number of them. Of a text other than the groups come `MAX_SHOWN_CHARS`, and `…` where there are more.
   */
  findAgents(query: AgentQuery): Promise<FoundAgents>;
  /** How many agents have each value; the manager itself is none of them. */
  countAgents(column: 'connection_status' | 'group_config_status'): Promise<ReadonlyMap<string, number>>;

  // Groups

  /** Null if there is no such group. */
  findGroup(name: string): Promise<number | null>;
  /** Rejects with 2003 for a name that is taken or not allowed. */
  insertGroup(name: string): Promise<void>;
  /** Also for unknown names. Agents left without groups go to `default`. */
  deleteGroup(name: string): Promise<void>;
  groups(): Promise<string[]>;
  /** All groups by name, with how many agents are in each. */
  groupSizes(): Promise<GroupSize[]>;
  groupsOfAgent(id: number): Promise<string[]>;
  agentsOfGroup(name: string): Promise<number[]>;

  // Care

  /**
   * Does a piece of what brings agents and groups in step with `etc/client.keys` and the directories in `etc/shared`. Null
   * where another daemon of the installation does that. Rejects with 3113 or 3119 for files that cannot be read.
   */
  mirrorRegistry(): Promise<MirroredPiece | null>;

  /** Writes a compressed copy of the database. Resolves to its path below the home. */
  backup(): Promise<string>;
}
