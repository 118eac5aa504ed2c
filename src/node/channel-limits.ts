import { MAX_MESSAGE_BYTES } from '../protocol/limits.ts';

/** Time for a reply where the caller names none. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 20_000;
/** Requests of the peer that may wait for our reply at the same time. A peer that sends more is not read from. */
export const MAX_UNANSWERED_REQUESTS = 256;
/** Bytes that wait in front of a peer that does not read. One that lets more pile up is dropped: two of the largest messages. */
export const MAX_UNREAD_BYTES = 2 * MAX_MESSAGE_BYTES;
