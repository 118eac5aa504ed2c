/** Longest body of a request that writes a file, taken only from who may: the largest that a method writes, as it travels. */
export const MAX_FILE_BODY_BYTES = 10_485_760;
/** Longest body of any other request: whoever sends it may be a stranger. */
export const MAX_BODY_BYTES = 65_536;
/** Longest parameter in a path. */
export const MAX_PARAM_CHARS = 1_024;
/** Longest head of a request: what stands in its lines before the body. */
export const MAX_HEAD_BYTES = 65_536;
/** Time within which the head of a request has to be there. */
export const HEAD_TIMEOUT_MS = 10_000;
/** Time within which a whole request has to be there. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** Pause between two looks for requests that take longer: so much later they are ended. */
export const TIMEOUTS_LOOK_MS = 2_000;
/** Time that a connection without a request is kept. */
export const KEEP_ALIVE_TIMEOUT_MS = 30_000;
/** Time without any byte after which a connection is closed, in particular that of a client that does not read. */
export const IDLE_TIMEOUT_MS = 120_000;
/** Connections that are held at once. */
export const MAX_HTTP_CONNECTIONS = 1_024;
/** Requests of one connection that are worked on at once; more, one behind the other, are answered with 3408. */
export const MAX_CONNECTION_REQUESTS = 8;
/** Requests to the cluster that wait for their answers at once; more are answered with 3408. The daemon takes 1,024. */
export const MAX_REQUESTS_IN_FLIGHT = 1_000;
/** Of these, those of one user: nobody can take all places. */
export const MAX_USER_REQUESTS = 750;
/** Largest page of a list: it is read, checked and written at once, while nobody else has a turn. */
export const MAX_HTTP_PAGE_ITEMS = 5_000;
/** Time for an answer of the cluster, unless `wait_for_complete` is given. */
export const ANSWER_TIMEOUT_MS = 10_000;
/** The same with `wait_for_complete`. */
export const LONG_ANSWER_TIMEOUT_MS = 600_000;
/** Users of one API. */
export const MAX_USERS = 1_000;
/** Shortest password. */
export const MIN_PASSWORD_CHARS = 8;
/** Longest password. */
export const MAX_PASSWORD_CHARS = 256;
/** Passwords that are hashed at the same time: each takes 19 MiB and a thread for some 40 ms. */
export const MAX_HASHES_AT_ONCE = 2;
/** Log-ins that wait for their turn; more are answered with 3408. */
export const MAX_WAITING_LOGINS = 32;
/** Log-ins of one address that are under way at once; more are answered with 3408. */
export const MAX_SOURCE_LOGINS = 8;
/** Log-ins of one address within a minute, right or wrong, those for metrics among them; more are answered with 6001. */
export const MAX_LOGINS_PER_MINUTE = 30;
/** Time after a log-in up to which a live page is given new tokens. */
export const MAX_SESSION_MS = 43_200_000;
/** Tokens whose signatures are known to be good; the oldest is forgotten for a new one. */
export const MAX_REMEMBERED_TOKENS = 1_000;
/** Addresses whose failed log-ins are remembered; the oldest is forgotten for a new one. */
export const MAX_REMEMBERED_ADDRESSES = 10_000;
/** Pages that are followed live at once; more are answered with 3408. */
export const MAX_LIVE_READERS = 64;
/** Of these, those of one user: nobody can take all places. */
export const MAX_USER_LIVE_READERS = 16;
/** Time that a live page has to read what it was told, before its connection is closed; meanwhile it is told nothing else. */
export const MAX_UNREAD_MS = 10_000;
/** Syncs that the live page shows of the past. */
export const MAX_HISTORY_ENTRIES = 200;
/** Nodes that are gone and are still shown. */
export const MAX_GONE_NODES = 256;
/** Time that a node which is gone is still shown. */
export const GONE_NODE_SHOWN_MS = 86_400_000;
/** Longest text of a node that the live page shows: a path, or why a sync failed. Its end is cut off. */
export const MAX_SHOWN_CHARS = 256;
/** Syncs of the past that are taken of one node; as many as it remembers. */
export const MAX_NODE_SYNCS = 20;
/** Names of files of each kind that are taken of one of them; as many as it remembers. */
export const MAX_SYNC_NAMES = 20;
