import type { MusterError } from '../protocol/errors.ts';

/** What the agent store takes and gives. */

export type StoreKind = 'wazuh-db' | 'embedded';

/** Where a row stands on its way to the other nodes. */
export type SyncStatus = 'synced' | 'syncreq';
export type ConnectionStatus = 'pending' | 'never_connected' | 'active' | 'disconnected';
export type GroupConfigStatus = 'synced' | 'not synced';

/** What befalls a store and does not end it. */
export type StoreNews =
  /** Nobody answers the requests of a client any more. */
  | { readonly kind: 'silent'; readonly failure: MusterError }
  /** Somebody does, for the first time or again. */
  | { readonly kind: 'answers' }
  /** More programs want to use an embedded store than may. Told again when some have gone and others come. */
  | { readonly kind: 'crowded' };

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
  /** Digest of its profile, where it was told. */
  readonly profile?: string;
}

/**
 * How much of agents is read for the master. `none`: everything. `known`: of those whose profile the master has confirmed, and
 * that is still the same, the keepalive alone. `anew`: as `known`, but what was confirmed before is forgotten.
 */
export type ProfilesRead = 'none' | 'known' | 'anew';

export interface AgentInfoPage {
  readonly rows: readonly AgentInfoRow[];
  /** The rows as one JSON array, `[]` when there are none, as far as they are to be told; fits the request that writes it elsewhere. */
  readonly chunk: string;
  /** Agents of which more is known than a chunk, or a request that marks them, holds: they are passed over, and cannot be told. */
  readonly tooLong: readonly number[];
  /** Where the next page starts. */
  readonly lastId: number;
  readonly isLast: boolean;
}

export interface WriteInfoOptions {
  /** How far the clock of the worker that sent it is behind this node's, in seconds; null where it does not tell its clock. */
  readonly clockBehindS?: number | null;
  /** Nobody wants it written any more. */
  readonly signal?: AbortSignal;
}

/** What became of a chunk. */
export interface AgentInfoWritten {
  /** Agents that were written. */
  readonly updated: number;
  /** Agents whose keepalive here is newer. */
  readonly stale: number;
  /** Agents that do not exist here. */
  readonly unknown: number;
  /** Agents of which the keepalive came alone, and whose profile here is not that one: nothing of them was written. */
  readonly wanted: readonly number[];
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
  readonly errors: readonly GroupsComplaint[];
}

/** Why agents do not have the groups that they were given: one agent, or all those of whom the store tells nothing apart. */
export interface GroupsComplaint {
  readonly ids: readonly number[];
  readonly complaint: string;
}

/** What became of a chunk of agents with their groups. */
export interface GroupsChunkWritten {
  /** What was wrong, agent by agent; one entry for a chunk that cannot be read at all. */
  readonly errors: readonly string[];
  /** False if some of it could not be read: it may have named anybody. */
  readonly wasUnderstood: boolean;
  /** The checksum over all agents of the sender: null if none of them has groups, undefined if it did not come along. */
  readonly hash: string | null | undefined;
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

/** What a piece of mirroring has done. */
export interface MirroredPiece {
  readonly agents: { readonly inserted: number; readonly updated: number; readonly deleted: number };
  readonly groups: { readonly inserted: number; readonly deleted: number };
  /** What of the files was passed over: lines that cannot be read, directories that no group can have. */
  readonly errors: readonly string[];
  /** The tables are as the files were; otherwise there is more to do. */
  readonly isLast: boolean;
}

/** Agents that a query has found. */
export interface FoundAgents {
  /** By the names of their columns, without those that are NULL. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Of all pages. */
  readonly total: number;
}

export interface GroupSize {
  readonly name: string;
  /** How many are in it. */
  readonly agents: number;
}
