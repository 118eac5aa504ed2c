/** Requests that one node works out by itself at once. */
export const MAX_RUNNING_REQUESTS = 64;
/** Requests that are under way to one other node at once. */
export const MAX_FORWARDED_REQUESTS = 256;
/** Requests that wait for their turn at one place. */
export const MAX_WAITING_REQUESTS = 2_048;
/** And of these, those of one client or node: nobody can take all places. */
export const MAX_WAITING_PER_SOURCE = 1_024;
