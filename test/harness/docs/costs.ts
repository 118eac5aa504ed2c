import { MAX_KNOWN_PROFILES, MAX_PROFILE_CHARS } from '../../../src/agents/limits.ts';
import {
  EXTRA_FILE_BYTES,
  MAX_CACHED_PACKAGES,
  MAX_CACHED_PACKAGES_BYTES,
  MAX_CONTENT_BYTES,
  MAX_METADATA_BYTES,
  MAX_PACKAGE_BYTES,
  MAX_ROUNDS_BYTES,
  MAX_SET_FILES,
  MAX_THREAD_HEAP_BYTES,
  NEEDED_FILE_BYTES,
} from '../../../src/files/limits.ts';
import { MAX_UNREAD_BYTES } from '../../../src/node/channel-limits.ts';
import {
  MAX_ANSWER_HEAP_BYTES,
  MAX_HELD_ANSWER_CHARS,
  MAX_HELD_REQUEST_CHARS,
  MAX_LIVE_REQUESTS,
} from '../../../src/node/dapi/limits.ts';
import { MAX_CHUNK_TEXT_BYTES } from '../../../src/node/effects/agent-chunks.ts';
import { MAX_BULK_AHEAD_BYTES } from '../../../src/node/outbox.ts';
import {
  LOCAL_OWN_PENDING_BYTES,
  MAX_LOCAL_CLIENTS,
  MAX_LOCAL_PENDING_BYTES,
  MAX_LOCAL_UNREAD_BYTES,
} from '../../../src/node/settings.ts';
import {
  MAX_HELD_STRING_BYTES,
  MAX_OUTBOX_BYTES,
  MAX_PENDING_WRITE_BYTES,
  MAX_SPARE_CHUNK_BYTES,
  MAX_SPOOL_PEER_BYTES,
  MAX_SPOOL_PEER_FILES,
  MAX_SPOOL_TOTAL_BYTES,
  MAX_SPOOL_TOTAL_FILES,
  MAX_SPOOL_WORKER_BYTES,
  MAX_SPOOL_WORKER_FILES,
  MAX_SPOOL_WORKER_SENT_BYTES,
  MAX_SPOOL_WORKER_SENT_FILES,
  WINDOW_BYTES,
} from '../../../src/node/transfers/limits.ts';
import {
  BULK_CHUNK_BYTES,
  HEADER_BYTES,
  limitsBeforeHello,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_VALUES,
  MAX_PENDING_BYTES,
  MAX_STRING_BYTES,
} from '../../../src/protocol/limits.ts';
import { MAX_KNOWN_SUMS } from '../../../src/requests/limits.ts';
import { MAX_CLIENT_HELLO_BYTES } from '../../../src/transport/limits.ts';

interface Cost {
  readonly what: string;
  readonly bytes: number;
}

/** Memory of a handler and of the actors below it, measured: 2 to 3 KB an actor, at most twelve of them when idle. */
const ACTORS_BYTES = 32_768;
/** Of a handler that has not heard a hello: itself, its link, its timer. */
const STRANGER_BYTES = 8_192;
/** Of the socket, its streams and their events, in Node and in libuv; measured. */
const SOCKET_BYTES = 12_288;
/** What OpenSSL holds for one handshake, its keys and the largest record among it; measured. */
const HANDSHAKE_BYTES = 32_768;

const stranger: readonly Cost[] = [
  { what: 'the frame that arrives, its header included', bytes: limitsBeforeHello.maxPendingBytes },
  { what: 'its socket', bytes: SOCKET_BYTES },
  { what: 'its TLS handshake, the ClientHello among it', bytes: HANDSHAKE_BYTES + MAX_CLIENT_HELLO_BYTES },
  { what: 'the handler with its timer', bytes: STRANGER_BYTES },
];

/** Of one value of a decoded message, measured: an empty map takes most. */
const VALUE_BYTES = 64;

/** Of one character of a text, where a single one of the whole text is not of Latin-1. */
const WIDE_CHAR_BYTES = 2;
/** Of a list that was parsed: its texts, and its files. */
const PARSED_LIST_BYTES = WIDE_CHAR_BYTES * MAX_METADATA_BYTES + MAX_SET_FILES * EXTRA_FILE_BYTES;
/** While a list is read: it as it came, the same as one text, and what is made of it; a manifest names two sets. */
export const MAX_LIST_BYTES =
  MAX_METADATA_BYTES +
  WIDE_CHAR_BYTES * MAX_METADATA_BYTES +
  PARSED_LIST_BYTES +
  MAX_SET_FILES * EXTRA_FILE_BYTES;
/** While a round is under way: the files that only one of the two has, and the manifest that names them. */
const MAX_ROUND_BYTES = PARSED_LIST_BYTES + MAX_SET_FILES * NEEDED_FILE_BYTES + MAX_METADATA_BYTES;
if (MAX_ROUND_BYTES > MAX_ROUNDS_BYTES) throw new Error('not even one round of the largest kind has room');
if (PARSED_LIST_BYTES + MAX_LIST_BYTES + MAX_ROUNDS_BYTES > MAX_THREAD_HEAP_BYTES)
  throw new Error('the own set, a list that is read, and the rounds have no room in one thread');

/** The rows of what one peer that holds the key may cost; test/limits/peer.slow.test.ts measures every one of them. */
export const PEER_COSTS = {
  pending: {
    what: 'messages that are not complete, and the frame that arrives',
    bytes: MAX_PENDING_BYTES,
  },
  message: {
    what: 'the one message that is looked at: its texts, and its values',
    bytes: MAX_MESSAGE_BYTES + MAX_MESSAGE_VALUES * VALUE_BYTES,
  },
  writes: {
    what: 'bytes of files and strings that arrived and are not written yet',
    bytes: MAX_PENDING_WRITE_BYTES,
  },
  strings: { what: 'long strings, reserved or complete', bytes: MAX_HELD_STRING_BYTES },
  replies: {
    what: 'replies and requests that it does not read',
    bytes: MAX_UNREAD_BYTES + MAX_MESSAGE_BYTES,
  },
  window: {
    what: 'bytes of files that we send to it and it has not confirmed',
    // A piece of more than half a chunk takes a whole one.
    bytes: 2 * WINDOW_BYTES,
  },
  socket: {
    what: 'of these, once more in the buffers of the socket',
    bytes: MAX_BULK_AHEAD_BYTES + BULK_CHUNK_BYTES,
  },
  round: {
    what: 'its round: what only it has or only the master, and the manifest',
    bytes: MAX_ROUND_BYTES,
  },
  chunks: {
    what: 'a string of agents that is being written, and the chunk whose turn it is, as it came and as it is',
    bytes: MAX_STRING_BYTES + 2 * WIDE_CHAR_BYTES * MAX_CHUNK_TEXT_BYTES,
  },
  processes: {
    what: 'its socket, its TLS session, its handler and processes',
    bytes: SOCKET_BYTES + HANDSHAKE_BYTES + ACTORS_BYTES,
  },
} as const satisfies Readonly<Record<string, Cost>>;
const peer: readonly Cost[] = Object.values(PEER_COSTS);

const sumOf = (costs: readonly Cost[]) => costs.reduce((sum, { bytes }) => sum + bytes, 0);

/** All that one authenticated peer may cost in memory; test/limits/peer.slow.test.ts holds a master to it. */
export const MAX_PEER_BYTES = sumOf(peer);
/** All that one unauthenticated peer may cost; test/limits/stranger.slow.test.ts measures it. */
export const MAX_STRANGER_BYTES = 65_536;
if (sumOf(stranger) > MAX_STRANGER_BYTES) throw new Error('a stranger may cost more than it is allowed to');

/** Of one request with its part, its turn and its effects, measured. */
const REQUEST_BYTES = 16_384;

/** Of a text in a map, beside its characters. */
const PROFILE_ENTRY_BYTES = 96;

/** A path below a home, a sum, and what tells that the file has not changed. */
const KNOWN_SUM_BYTES = 768;

const node: readonly Cost[] = [
  {
    what: 'requests of the distributed API, of all clients and nodes together',
    bytes: MAX_LIVE_REQUESTS * REQUEST_BYTES,
  },
  { what: 'their arguments', bytes: WIDE_CHAR_BYTES * MAX_HELD_REQUEST_CHARS },
  { what: 'their answers, until they are passed on', bytes: WIDE_CHAR_BYTES * MAX_HELD_ANSWER_CHARS },
  { what: 'the thread that makes one of them of others', bytes: MAX_ANSWER_HEAP_BYTES },
  {
    what: 'profiles of agents that are known to be those of their workers',
    bytes: MAX_KNOWN_PROFILES * (PROFILE_ENTRY_BYTES + WIDE_CHAR_BYTES * MAX_PROFILE_CHARS),
  },
  {
    what: 'sums of files of groups, with their paths',
    bytes: MAX_KNOWN_SUMS * KNOWN_SUM_BYTES,
  },
  {
    what: 'messages of clients of the local socket that are not complete, all together',
    bytes: MAX_LOCAL_PENDING_BYTES + MAX_LOCAL_CLIENTS * LOCAL_OWN_PENDING_BYTES,
  },
  {
    what: 'replies that they do not read, all together',
    bytes: MAX_LOCAL_UNREAD_BYTES,
  },
  { what: 'strings that wait to be sent, all connections together', bytes: MAX_OUTBOX_BYTES },
  { what: 'the message that was decoded last', bytes: MAX_MESSAGE_BYTES },
  { what: 'memory of pieces that were sent, kept for the next ones', bytes: MAX_SPARE_CHUNK_BYTES },
  { what: 'of all that is said above of rounds, those of all peers together', bytes: MAX_ROUNDS_BYTES },
  { what: 'its own list of files, as everybody is sent it who asks', bytes: MAX_MESSAGE_BYTES },
  {
    what: 'each worker thread: one package and its content, or one list of files, its text and what is made of it',
    bytes: Math.max(MAX_PACKAGE_BYTES + MAX_CONTENT_BYTES, MAX_LIST_BYTES),
  },
];

/** On disk a file costs its inode too, however few bytes it has. */
interface DiskCost extends Cost {
  readonly files: number;
}

const disk: readonly DiskCost[] = [
  {
    what: 'files of one peer that arrive or wait to be used, and the same again that somebody sends',
    bytes: MAX_SPOOL_PEER_BYTES,
    files: MAX_SPOOL_PEER_FILES,
  },
  {
    what: 'files of one worker that arrive or wait to be used, on a master',
    bytes: MAX_SPOOL_WORKER_BYTES,
    files: MAX_SPOOL_WORKER_FILES,
  },
  {
    what: 'files that somebody sends from one worker, on a master',
    bytes: MAX_SPOOL_WORKER_SENT_BYTES,
    files: MAX_SPOOL_WORKER_SENT_FILES,
  },
  { what: 'files of all peers together', bytes: MAX_SPOOL_TOTAL_BYTES, files: MAX_SPOOL_TOTAL_FILES },
  {
    what: 'packages kept for workers that need the same files',
    bytes: MAX_CACHED_PACKAGES_BYTES,
    files: MAX_CACHED_PACKAGES,
  },
];

/** What one peer can make a node hold, added up from the constants that the code goes by. */
export function describeCosts(): string {
  return [
    `A peer that has not been accepted yet (it may send one frame of ${HEADER_BYTES} + ${limitsBeforeHello.maxPayloadBytes} bytes):`,
    tableOf(stranger, true),
    'A peer that holds the cluster key:',
    tableOf(peer, true),
    'The node itself, however many peers there are:',
    tableOf(node, false),
    'On disk:',
    diskTable(),
  ].join('\n\n');
}

function tableOf(costs: readonly Cost[], isAdded: boolean): string {
  const rows = costs.map(({ what, bytes }) => `| ${what} | ${sizeOf(bytes)} |`);
  const sum = isAdded ? [`| **together** | **${sizeOf(sumOf(costs))}** |`] : [];
  return ['| What | At most |', '| --- | --- |', ...rows, ...sum].join('\n');
}

function diskTable(): string {
  const rows = disk.map(
    ({ what, bytes, files }) => `| ${what} | ${sizeOf(bytes)} | ${files.toLocaleString('en-US')} |`,
  );
  return ['| What | At most | in files |', '| --- | --- | --- |', ...rows].join('\n');
}

const KIBI = 1024;
function sizeOf(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(bytes) / Math.log2(KIBI)));
  return `${Number((bytes / KIBI ** power).toFixed(1))} ${units[power]}`;
}
