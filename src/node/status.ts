import type { Failure } from '../../machines/failure.ts';
import type { RecentSync } from './recent-syncs.ts';
import { NO_TROUBLE, type ScanTrouble } from './scan-trouble.ts';

/** How one integrity synchronisation ended. */
export interface SyncRecord {
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly outcome: 'in-step' | 'synced' | 'failed';
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly failure: Failure | null;
}

/** How one process that brings chunks of agents or their groups ended. */
export interface ChunksRecord {
  readonly startedAt: string;
  readonly durationSeconds: number;
  /** Chunks that were written. */
  readonly chunks: number;
  /** Null if all of it was written. */
  readonly failure: Failure | null;
}

/** How one look of the master at its own files ended. */
export interface LocalIntegrityRecord {
  readonly startedAt: string;
  readonly durationSeconds: number;
  /** Files of its set: if it failed, those that were known before. */
  readonly files: number;
  readonly failure: Failure | null;
}

/** What the master remembers of a connected worker. */
export interface WorkerStatus {
  readonly name: string;
  readonly version: string;
  readonly address: string;
  readonly connectedAt: string;
  digest: string | null;
  /**
   * Which set of ours it was compared with last, and whether it has all of that: as far as it has told, and not only been
   * sent it. Null where that is not known, or no more.
   */
  found: { readonly digest: string; readonly hasAll: boolean } | null;
  lastKeepalive: string;
  /** An integrity process runs for it. */
  isSyncing: boolean;
  lastCheck: SyncRecord | null;
  lastSync: SyncRecord | null;
  /** How many seconds its clock is behind the master's, as far as that matters. */
  clockBehindS: number;
  /** Agents of it are being written. */
  isSyncingAgents: boolean;
  lastAgentInfo: ChunksRecord | null;
  /** Groups that changed, and all of them. */
  lastGroups: ChunksRecord | null;
  lastAllGroups: ChunksRecord | null;
}

/**
 * What a node tells of itself when asked: written by the effects that see it happen, read by the local socket. It
 * decides nothing.
 */
export class NodeStatus {
  readonly startedAt: string;
  /** Address that the node listens on (master). */
  address: string | null = null;
  /** Master that this worker is connected to, null while it is not. */
  master: { name: string; version: string; address: string } | null = null;
  /** Why this worker has no master; null while it has one, and before the first attempt failed. */
  masterFailure: (Failure & { at: string }) | null = null;
  lastKeepalive: string | null = null;
  lastCheck: SyncRecord | null = null;
  lastSync: SyncRecord | null = null;
  /** This worker's last syncs, the newest first, with names of files. */
  recentSyncs: readonly RecentSync[] = [];
  /** What this worker last told of its agents, and was told of their groups. */
  lastAgentInfo: ChunksRecord | null = null;
  lastGroups: ChunksRecord | null = null;
  lastAllGroups: ChunksRecord | null = null;
  /** When the master last calculated its own set, how long it took, and why it did not succeed. */
  lastLocalIntegrity: LocalIntegrityRecord | null = null;
  /** What stands in the way of looking at this node's own files. */
  scanTrouble: ScanTrouble = NO_TROUBLE;
  /** Connected workers by connection. */
  readonly workers = new Map<number, WorkerStatus>();

  constructor(startedAt: Date) {
    this.startedAt = startedAt.toISOString();
  }

  /** The live session of a name: one that it has evicted may still be closing, and came before. */
  worker(name: string): { connectionId: number; status: WorkerStatus } | undefined {
    let newest: { connectionId: number; status: WorkerStatus } | undefined;
    for (const [connectionId, status] of this.workers) {
      if (status.name === name) newest = { connectionId, status };
    }
    return newest;
  }
}
