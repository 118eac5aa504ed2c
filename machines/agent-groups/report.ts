import type { ChunkReport } from '../agent-info/chunk-report.ts';

/** Agents whose groups at the worker are not those that it was sent. */
export interface DifferingAgents {
  total: number;
  /** The first of them, by ascending id; the protocol limits how many. */
  ids: readonly number[];
}

/** What a worker tells of agent-groups that it was sent: `syn_w_g_e` and `syn_wgc_e` carry it. */
export interface GroupsReport extends ChunkReport {
  /** Whether its checksum is the master's now; null if it was sent none, or is of those that do not tell. */
  matches: boolean | null;
  /** Only after a full copy, and null where it was not found out. */
  differing: DifferingAgents | null;
}

/** What a worker found in a string of agent-groups, and what became of it. */
export interface GroupsStored extends ChunkReport {
  receivedChunks: number;
  /** The checksum that came along; null for a master that has no agent with groups, undefined if none came. */
  masterHash: string | null | undefined;
}

/** Nothing is known of any string. */
export const NOTHING_STORED: GroupsStored = {
  receivedChunks: 0,
  updatedChunks: 0,
  errors: [],
  masterHash: undefined,
};
