import { MAX_OUTSTANDING_REQUESTS } from '../requests.ts';

/** Messages about requests that are taken in one turn of the event loop. */
export const MESSAGES_OF_TURN = 16;
/** Messages about requests that wait to be confirmed on one connection: half of those that its channel takes. */
export const MAX_UNCONFIRMED_MESSAGES = MAX_OUTSTANDING_REQUESTS / 2;
/** Refusals that are not told yet to one node that looks at no error in an answer; further ones are answered so all the same. */
export const MAX_LATE_REFUSALS = 1_024;
/** Requests of the distributed API that one node has at once, whoever they are of. */
export const MAX_LIVE_REQUESTS = 8_192;
/** Of these, those of one local client. */
export const MAX_CLIENT_REQUESTS = 1_024;
/** And those that one other node has passed on. */
export const MAX_NODE_REQUESTS = 4_096;
/**
 * Requests of a worker that are under way to its master at once: all that the master takes of a node. What is asked of a slow
 * node waits in the master's row for that node, and keeps nothing else from the master.
 */
export const MAX_REQUESTS_TO_MASTER = MAX_NODE_REQUESTS;
/** Characters of the arguments of all requests that one node has: of texts and keys, and eight for any other value. */
export const MAX_HELD_REQUEST_CHARS = 134_217_728;
/** Of these, those of one local client or node. */
export const MAX_ORIGIN_REQUEST_CHARS = 33_554_432;
/** Characters of the answers that one node has made or been told, and not passed on yet; of long ones bytes. */
export const MAX_HELD_ANSWER_CHARS = 268_435_456;
/** Answers that are merged, or put into or read out of the form of a peer, at once; for longer ones, together, a thread is made. */
export const MAX_INLINE_ANSWER_BYTES = 262_144;
/** Memory of that thread; what needs more is refused (3301). */
export const MAX_ANSWER_HEAP_BYTES = 805_306_368;
/** Messages of one worker for services of its master at once. */
export const MAX_WORKER_MESSAGES = 1_024;
/** Connections to each of these services at once, beside authd; the original has one for all. */
export const MAX_SERVICE_CONNECTIONS = 4;
/** Agents whose nodes are looked up by one statement. */
export const MAX_AGENTS_PER_LOOK = 400;
/** Time for a service of the master to answer a worker. */
export const SENDSYNC_TIMEOUT_MS = 60_000;
