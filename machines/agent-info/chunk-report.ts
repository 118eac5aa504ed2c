/** What became of chunks that a peer was sent: `syn_m_a_e`, `syn_w_g_e` and `syn_wgc_e` carry it. */
export interface ChunkReport {
  /** Chunks that were written. */
  updatedChunks: number;
  /** What went wrong with chunks, in words for a person; the protocol limits how many there are. */
  errors: readonly string[];
}

/** What became of chunks of agent-info. */
export interface AgentInfoReport extends ChunkReport {
  /** Agents of which the keepalive came alone, and that the master wants as a whole; null: all of them. */
  wanted: readonly number[] | null;
}
