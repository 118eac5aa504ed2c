/** Pages that watch a node at the same time. */
export const MAX_WATCHERS = 8;
/** What may wait in front of a watcher that does not read; then it is dropped. */
export const MAX_UNREAD_BYTES = 8 * 1024 * 1024;
/** Records are sent together this often. */
export const FLUSH_MS = 50;
/** Records that a page is told in one period of `BUDGET_PERIOD_MS`, beside the actors that are there; what is beyond is left out, and said to be. */
export const MAX_RECORDS_PER_PERIOD = 400;
/** The period of that budget. */
export const BUDGET_PERIOD_MS = 200;
/** After a gap the actors are told anew, so no sooner than this after the last time. */
export const MIN_RESUME_MS = 1_000;
/** One of the two files of a recording. */
export const RECORDING_SEGMENT_BYTES = 32 * 1024 * 1024;
/** A recording is written this often: so much is lost when a process is killed by a signal. */
export const RECORDING_FLUSH_MS = 100;
/** Recordings of earlier lives that are kept beside that of a node, each of two files. */
export const KEPT_LIVES = 3;
