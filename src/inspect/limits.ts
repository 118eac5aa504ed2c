/** Pages that watch a node at the same time. */
export const MAX_WATCHERS = 8;
/** Time that a page has to read a piece of `PIECE_BYTES`, before its connection is closed. */
export const MAX_UNREAD_MS = 10_000;
/** What happens is told to a page that reads slowly up to here; then it hears of a gap, and of the actors anew once it has read that. The actors that live come on top. */
export const MAX_UNREAD_BYTES = 8 * 1024 * 1024;
/** A page is told so much at once; what comes next has been read before. */
export const PIECE_BYTES = 64 * 1024;
/** Records are sent together this often. */
export const FLUSH_MS = 50;
/** Records that pages are told in one period of `BUDGET_PERIOD_MS`, beside the actors that are there; what is beyond is left out, and said to be. */
export const MAX_RECORDS_PER_PERIOD = 400;
/** The period of that budget. */
export const BUDGET_PERIOD_MS = 200;
/** After a gap the actors are told anew, so no sooner than this after the last time. */
export const MIN_RESUME_MS = 1_000;
/** Actors that are told in one go, before everything else in the node has its turn. */
export const SLICE_ACTORS = 50;
/** Pause before the actors are told anew, as a multiple of the time that it took to make that ready: a tenth of the time is spent on it. */
export const TELLING_PAUSES = 9;
/** One of the two files of a recording. */
export const RECORDING_SEGMENT_BYTES = 32 * 1024 * 1024;
/** A recording is written this often: so much is lost when a process is killed by a signal. */
export const RECORDING_FLUSH_MS = 100;
/** Recordings of earlier lives that are kept beside that of a node, each of two files. */
export const KEPT_LIVES = 3;
