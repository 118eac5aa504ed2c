/** The longest time-out of nodes that are given the times below. */
export const PEER_TIMEOUT_MS = 2_000;
const PEER_TIMEOUT_S = PEER_TIMEOUT_MS / 1_000;

/** Short time-outs, for nodes whose time-outs are waited for. */
export const INTERVALS = {
  communication: { timeout_cluster_request: 0.5, timeout_receiving_file: PEER_TIMEOUT_S },
  master: {
    max_allowed_time_without_keepalive: PEER_TIMEOUT_S,
    check_worker_lastkeepalive: 0.5,
    timeout_agent_info: 1,
    recalculate_integrity: 1,
  },
  worker: { sync_integrity: 0.5, sync_agent_info: 0.5, keep_alive: 0.5, connection_retry: 0.2 },
};

/** How long a message may be incomplete no setting says: that takes two to three minutes, and is walked by nobody here. */
export const PATIENT_PATHS = /^conform-(?:unfinished|(?:worker-)?silen)(?!.*say\.echo\.begun)/;
