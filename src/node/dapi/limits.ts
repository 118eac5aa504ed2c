/** Requests of the distributed API that one node has at once, whoever they are of. */
export const MAX_LIVE_REQUESTS = 8_192;
/** Of these, those of one local client. */
export const MAX_CLIENT_REQUESTS = 1_024;
/** And those that one other node has passed on. */
export const MAX_NODE_REQUESTS = 4_096;
/** Messages of one worker for services of its master at once. */
export const MAX_WORKER_MESSAGES = 1_024;
/** Agents whose nodes are looked up by one statement. */
export const MAX_AGENTS_PER_LOOK = 400;
/** Time for a service of the master to answer a worker. */
export const SENDSYNC_TIMEOUT_MS = 60_000;
