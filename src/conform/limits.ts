/** What one path may take, unless it is said otherwise. The time for `hello` of a master is five seconds, and one path waits for it. */
export const DEFAULT_PATH_TIMEOUT_MS = 15_000;
/** Pause before something is asked again that the master is not ready for: a name that it believes to be connected still, a set that it has not scanned. */
export const ASK_AGAIN_MS = 50;
/** How long a master is given to send all agent-groups, before it is taken to have none. */
export const GROUPS_PATIENCE_MS = 2_000;
/** How long it is watched whether a master sends agent-groups by itself as soon as a worker is there. */
export const WATCH_GROUPS_MS = 500;
/** Paths in a row on which nothing comes in time, after which there is no sense in going on. */
export const MAX_SILENT_PATHS = 3;
/** Answers that are awaited behind the last step of a path, until the master owes nothing more. */
export const MAX_OWED_ANSWERS = 4;
/** Files and strings of one connection that are kept to be looked at, all together: lists of what was sent. What is more drops the beginning of the oldest; other files are thrown away as they come. */
export const MAX_KEPT_FILE_BYTES = 67_108_864;
/** And their number; of more than these the oldest is dropped. */
export const MAX_KEPT_FILES = 1_024;
/** What came on one connection and nobody has looked at yet. With more the connection is dropped, and the path departs. */
export const MAX_UNHEARD_BYTES = 67_108_864;
/** What a message, or a piece of a file, counts beside its bytes in these two sums. */
export const MESSAGE_COST_BYTES = 512;
/** What is shown of an answer in a report. */
export const MAX_SHOWN_CHARS = 200;
/** What one path may take at a worker, which does most by itself, every few seconds. */
export const DEFAULT_WORKER_PATH_TIMEOUT_MS = 40_000;
/** How long a worker is given to connect, each time. The original pauses for ten seconds between two attempts, Muster for that at most. */
export const WORKER_PATIENCE_MS = 60_000;
/** Connections that nobody has looked at yet; of more than these the oldest is dropped. */
export const MAX_WAITING_CONNECTIONS = 4;
/** How long it may take, once connected, to say `hello`. */
export const HELLO_PATIENCE_MS = 5_000;
/** Checksums that differ, one after the other, until a worker has to have asked for all agent-groups: the specification's number. */
export const MAX_MISMATCHES = 10;
/** How long a worker is watched before its paths are walked, if it may have nothing to tell of agents: it begins that after ten seconds, by default. */
export const WATCH_MS = 12_000;
/** How long a worker may take to do what it has to do by itself: keepalives, which are due every minute by default and of which a master misses none for longer than this, and rounds, due every nine seconds. */
export const DEFAULT_IDLE_TIMEOUT_MS = 120_000;
/** Pause between the keepalives of who plays a node, as nodes have it by default: each leaves a peer that sends none for two minutes. */
export const KEEPALIVE_MS = 60_000;
/** Keepalives within the longest time-out of the other side, at least: it may have been set shorter than by default. */
export const KEEPALIVES_IN_A_TIMEOUT = 2;
/** Longest time-out of a node, by default: of silence, and of transfers in which nothing moves. */
export const DEFAULT_PEER_TIMEOUT_MS = 120_000;
/** That many times as long it may take until a node that waits has noticed that a time-out has passed, and tells: some look once a minute, and keepalives fail twice. */
export const NOTICE_FACTOR = 2;
/** And so many times as long nothing is said where nothing tells that it has passed. */
export const OUTLAST_FACTOR = 1.25;
/** Connections in a row on which nobody says the `hello` that is awaited, after which there is no sense in waiting for another. */
export const MAX_STRANGERS = 5;
