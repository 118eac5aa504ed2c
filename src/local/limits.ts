import { MAX_ANSWER_BYTES } from '../protocol/limits.ts';

/** Time for a request of the distributed API where the caller names none. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;
/** Time for any other command. */
export const DEFAULT_COMMAND_TIMEOUT_MS = 5_000;
/** What the daemon has beyond the deadline of a request to say why it was missed. */
export const ANSWER_GRACE_MS = 1_000;
/** While answers are waited for, the daemon hears that its client lives. */
export const KEEPALIVE_INTERVAL_MS = 30_000;
/** A connection that is not used for so long is given up: the daemon would drop it at twice the time. */
export const CLIENT_IDLE_MS = 60_000;
/** Long answers that arrive at the same time on one connection, in bytes together. */
export const MAX_ARRIVING_BYTES = 2 * MAX_ANSWER_BYTES;
/** And their number. */
export const MAX_ARRIVING_STRINGS = 64;
