/** Limits of the agent store. Those of the protocol are the original's, so that either store can serve either's clients. */

// Protocol

/** Largest request: a longer one costs wazuh-db one of its threads for good. */
export const MAX_REQUEST_BYTES = 65_536;
/** Largest answer; what has this size has probably been cut. */
export const MAX_ANSWER_BYTES = 65_536;
/** Lists are cut into chunks below this, so that a command and a chunk fit one request. */
export const MAX_CHUNK_BYTES = 65_024;
/** What messages quote of a request. */
export const NEAR_CHARS = 32;

// Client

/** Connections to one store: the original has eight threads for all its clients. */
export const CLIENT_CONNECTIONS = 4;
/**
 * Time for a request: waiting for a connection, connecting, and the answer. Of an embedded store, for what its thread does
 * for it.
 */
export const REQUEST_TIMEOUT_MS = 20_000;
/** Time for connecting to a socket of this machine. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** Requests that may wait for a connection. */
export const MAX_WAITING_REQUESTS = 16_384;
/** Pause between two looks whether groups of agents have changed: a wazuh-db does not tell. */
export const GROUPS_LOOK_MS = 30_000;
/** Writes of agent information that may wait for each other: a chunk of each worker, and of some that have gone. */
export const MAX_WAITING_WRITES = 1_024;
/** What lists show of a text that an agent or its node tells: with this, an answer has room for every agent. */
export const MAX_SHOWN_CHARS = 512;
/** Calls of requests that are with the store at a time: what the node itself asks stands behind no more than these. */
export const MAX_REQUEST_CALLS = 2;
/** Calls of requests that may wait for the others. */
export const MAX_WAITING_REQUEST_CALLS = 4_096;
/** Rows that a reader first asks for at a time; it finds the right number by itself. */
export const FIRST_PAGE_ROWS = 64;
/** And at most. */
export const MAX_PAGE_ROWS = 4_096;
/** Pages of one answer: a store that says `due` for ever does not keep us for ever. */
export const MAX_PAGES = 100_000;

// Server

/** Programs connected to the embedded store at the same time; further ones are told so and closed. */
export const MAX_CLIENTS = 128;
/** So many have to be left before it is told again that there are more than may be. */
export const CROWD_OVER_CLIENTS = 96;
/** Programs that are being told that there are too many; further ones are closed without a word. */
export const MAX_REFUSED_CLIENTS = 128;
/** Time for such a one to ask, read why it is refused, and go. */
export const REFUSED_CLIENT_MS = 1_000;
/**
 * Requests of one connection that may wait; reading stops meanwhile. They also wait while the answers that it leaves unread
 * are above the mark of every connection (src/transport/limits.ts).
 */
export const MAX_CLIENT_REQUESTS = 256;
/** Requests that are carried out in one transaction. */
export const MAX_BATCH_REQUESTS = 512;
/** And their bytes. */
export const MAX_BATCH_BYTES = 1_048_576;
/** Time after which no further request is begun in a transaction: others wait for its end. */
export const MAX_BATCH_MS = 20;

/** Largest value, and row of a table, that a statement of another program may make or meet. */
export const MAX_STATEMENT_VALUE_BYTES = 524_288;
/** Values of one row that it may select: with the above, what it can make the store hold at once. */
export const MAX_STATEMENT_COLUMNS = 128;
/** Loops over all rows of a table that it may have within each other. */
export const MAX_NESTED_SCANS = 1;

// Embedded database

/**
 * How long changes of groups are collected before the node is told of them. A new agent and its groups go different ways:
 * the file that names it should be there first.
 */
export const GROUPS_NOTICE_MS = 1_000;
/** Time that another program may keep the database locked. */
export const BUSY_TIMEOUT_MS = 5_000;
/** After it has kept somebody waiting for nothing, nobody else waits for this time: they would do so one after the other. */
export const LOCKED_PAUSE_MS = 1_000;
/** Time for opening it: a large one is read page by page. */
export const OPEN_TIMEOUT_MS = 110_000;
/** Time for what was asked before the end. */
export const CLOSE_TIMEOUT_MS = 3_000;
/** Time for its thread to stop; within SQLite it only does so when that returns. */
export const THREAD_END_MS = 1_000;
/** Threads that did not stop, beside which no further one is begun: each may hold the database and a processor. */
export const MAX_STUCK_THREADS = 1;
/** Time for a back-up, its return or a vacuum, during which nobody else is served. */
export const MAX_CARE_MS = 600_000;
/** Calls to its thread that may wait for their answers. */
export const MAX_WAITING_CALLS = 4_096;
/** Pause between two looks whether the database and its socket are still those that others find by their paths. */
export const PLACE_LOOK_MS = 2_000;
/** Agents whose groups are looked at in one transaction. */
export const MAX_TASK_AGENTS = 1_000;
/** Rows of agents that are confirmed in one transaction: some 250 KB. */
export const MAX_TASK_ROWS = 256;
/** Rows of an answer of its thread that are read at a time: others are served between. */
export const MAX_PIECE_ROWS = 1_000;
/** Agents, groups and lines of client.keys that a piece of mirroring looks at. */
export const MAX_MIRROR_STEPS = 512;
/** Complaints that one piece tells. */
export const MAX_MIRROR_ERRORS = 100;
/** Agents whose profile is remembered: of further ones all is told with each keepalive. */
export const MAX_KNOWN_PROFILES = 131_072;
/** Longest digest of a profile that another node may tell. */
export const MAX_PROFILE_CHARS = 32;
/** Rows of more characters come without a profile, so that it makes none too long for a chunk. */
export const MAX_PROFILED_CHARS = 16_384;
/** Distinct lists of groups whose hash is remembered. */
export const MAX_KNOWN_HASHES = 4_096;
/** Longest that `global sleep` sleeps, as it keeps everybody waiting. */
export const MAX_SLEEP_MS = 10_000;
