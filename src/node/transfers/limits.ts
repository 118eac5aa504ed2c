import { MAX_INCOMING_TRANSFERS } from '../../../machines/transfer/limits.ts';
import { LARGE_FILE_BYTES } from '../../files/limits.ts';
import { WAZUH4_MAX_LIST_PACKAGE_BYTES } from '../../files/wazuh4/limits.ts';
import { MAX_BULK_DATA_BYTES, MAX_STRING_BYTES } from '../../protocol/limits.ts';

/** Bulk data of one connection that is sent and not yet confirmed, all transfers together. */
export const WINDOW_BYTES = 4_194_304;
/** Memory of pieces that were sent, kept for the next ones; for all connections together. The same again for frames of Wazuh 4.x that were sent, and for pieces that arrived in such. */
export const MAX_SPARE_CHUNK_BYTES = WINDOW_BYTES;
/** Bulk data of one connection that has arrived and is not yet written: a window, one piece of the largest kind, and what pieces cost beside their bytes. */
export const MAX_PENDING_WRITE_BYTES = WINDOW_BYTES + MAX_BULK_DATA_BYTES + 65_536;
/** Shortest time between two reports of progress of one transfer. */
export const PROGRESS_INTERVAL_MS = 100;
/** Bytes of a transfer that the peer has confirmed and no report has told, at most: with so many one comes before its time. */
export const MAX_UNTOLD_PROGRESS_BYTES = WINDOW_BYTES;
/** What the files of one peer may take on disk before they are used: complete ones, parts, and what was announced. The same again those that somebody sends by `send_file`. */
export const MAX_SPOOL_PEER_BYTES = 17_179_869_184;
/** And their number: as many as that room has for files that travel alone, and the same again for packages. */
export const MAX_SPOOL_PEER_FILES = (2 * MAX_SPOOL_PEER_BYTES) / LARGE_FILE_BYTES;
/** The same room on a master, for one worker, whose processes send nothing but lists of its files: for two of the largest, as an old one may lie there still. */
export const MAX_SPOOL_WORKER_BYTES = 2 * WAZUH4_MAX_LIST_PACKAGE_BYTES;
/** And their number: as many as may arrive at once, and the same again that wait. */
export const MAX_SPOOL_WORKER_FILES = 2 * MAX_INCOMING_TRANSFERS;
/** What somebody sends from one worker by `send_file` has a room of its own on a master: it stays for a day, and no list is refused for its sake. */
export const MAX_SPOOL_WORKER_SENT_BYTES = 67_108_864;
/** And the number of such files. */
export const MAX_SPOOL_WORKER_SENT_FILES = 128;
/** What the files of all peers together may take on disk: complete ones, and parts as far as they have arrived. */
export const MAX_SPOOL_TOTAL_BYTES = 68_719_476_736;
/** And their number, whatever has arrived of them. */
export const MAX_SPOOL_TOTAL_FILES = 4 * MAX_SPOOL_PEER_FILES;
/** Age after which a file in the spool is of no use to anybody. */
export const MAX_SPOOL_AGE_MS = 86_400_000;
/** Pause between two looks through the whole spool for what is too old. */
export const SPOOL_SWEEP_INTERVAL_MS = 3_600_000;
/** First pause after a look that could not remove something; it doubles up to the usual one. */
export const SPOOL_SWEEP_RETRY_MS = 60_000;
/** Strings of one connection that are reserved, arriving, or complete and not yet taken. */
export const MAX_HELD_STRINGS = 64;
/** Memory for those strings. */
export const MAX_HELD_STRING_BYTES = MAX_STRING_BYTES;
/** Strings of this node that wait to be sent, all connections together. */
export const MAX_OUTBOX_BYTES = 2 * MAX_STRING_BYTES;
/**
 * Deadline of one piece: the longest that a timer can wait. A piece on a slow line may take long; whether the transfer
 * as a whole moves is what the progress deadline of its machine watches.
 */
export const PIECE_TIMEOUT_MS = 2_147_483_647;

/** What an owner of a node may set otherwise; tests do. */
export interface TransferLimits {
  spoolPeerBytes: number;
  spoolPeerFiles: number;
  spoolSentBytes: number;
  spoolSentFiles: number;
  spoolTotalBytes: number;
  spoolTotalFiles: number;
  pendingWriteBytes: number;
  heldStrings: number;
  heldStringBytes: number;
}

export const defaultLimits: Readonly<TransferLimits> = {
  spoolPeerBytes: MAX_SPOOL_PEER_BYTES,
  spoolPeerFiles: MAX_SPOOL_PEER_FILES,
  spoolSentBytes: MAX_SPOOL_PEER_BYTES,
  spoolSentFiles: MAX_SPOOL_PEER_FILES,
  spoolTotalBytes: MAX_SPOOL_TOTAL_BYTES,
  spoolTotalFiles: MAX_SPOOL_TOTAL_FILES,
  pendingWriteBytes: MAX_PENDING_WRITE_BYTES,
  heldStrings: MAX_HELD_STRINGS,
  heldStringBytes: MAX_HELD_STRING_BYTES,
};
