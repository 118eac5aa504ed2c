/** How one kind of sync of a node is. */
export interface LiveSync {
  /** `never`: not since the node is connected. */
  readonly state: 'running' | 'done' | 'failed' | 'never';
  readonly startedAt: string | null;
  readonly durationMs: number | null;
  /** What it did, for a person. */
  readonly result: string;
}

export interface LiveNode {
  readonly name: string;
  readonly type: 'master' | 'worker';
  readonly version: string;
  readonly address: string;
  readonly isConnected: boolean;
  readonly connectedAt: string | null;
  /** Of a worker, as its master heard it. */
  readonly lastKeepaliveAt: string | null;
  /** When this API saw it connected last. */
  readonly lastSeenAt: string;
  readonly files: number | null;
  /** Whether it has the files of the master; null while nobody knows. */
  readonly inStep: boolean | null;
  /** Since when this API has seen it behind its master, as a duration; null while it is not. */
  readonly behindMs: number | null;
  readonly activeAgents: number | null;
  readonly integrityCheck: LiveSync;
  readonly integritySync: LiveSync;
  readonly agentInfo: LiveSync;
  readonly agentGroups: LiveSync;
}

/** One sync of the past. */
export interface LiveHistoryEntry {
  /** The same for the same sync, whoever looks. */
  readonly id: string;
  readonly node: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly failure: string | null;
  readonly counts: { readonly created: number; readonly updated: number; readonly deleted: number };
  /** The first of them. */
  readonly files: {
    readonly created: readonly string[];
    readonly updated: readonly string[];
    readonly deleted: readonly string[];
  };
}

/** Requests of this API to the cluster. */
export interface LiveRequests {
  readonly inFlight: number;
  /** Over the last minute. */
  readonly perSecond: number;
  readonly medianMs: number | null;
  readonly p99Ms: number | null;
  readonly failed: number;
}

/** The cluster at a moment, as the page shows it. */
export interface LiveSnapshot {
  readonly at: string;
  /** The node that this API belongs to; null until it was reached once. */
  readonly own: { readonly name: string; readonly type: string; readonly cluster: string } | null;
  /** Whether the daemon of this API's node answers at all. */
  readonly isUp: boolean;
  /** Why something is not known now; what is shown is then of before. */
  readonly trouble: { readonly code: number; readonly message: string } | null;
  readonly nodes: readonly LiveNode[];
  /** By status, all nodes together; null while they cannot be counted. */
  readonly agents: Readonly<Record<string, number>> | null;
  readonly requests: LiveRequests;
  readonly history: readonly LiveHistoryEntry[];
}
