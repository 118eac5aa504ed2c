/** Requests that one node works out by itself at once. */
export const MAX_RUNNING_REQUESTS = 64;
/** Requests that are under way to one other node at once. */
export const MAX_FORWARDED_REQUESTS = 256;
/** Requests that wait for their turn at one place. */
export const MAX_WAITING_REQUESTS = 2_048;
/** And of these, those of one client or node: nobody can take all places. */
export const MAX_WAITING_PER_SOURCE = 1_024;
/** Part of the places that one client or node may have at once. */
export const MAX_SHARE_OF_SOURCE = 0.75;
/** Long answers under way over one connection at once: less than what one takes, so that files and agents find places. */
export const MAX_ANSWERS_UNDER_WAY = 16;
/** And of those that are longer than this, since few fit into what a connection may hold. */
export const MAX_LARGE_ANSWERS_UNDER_WAY = 1;
export const LARGE_ANSWER_BYTES = 1_048_576;
