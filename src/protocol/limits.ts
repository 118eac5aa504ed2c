/**
 * Every limit of the protocol. Units stand last in the names; where a limit is what another node must keep to as well,
 * `docs/protocol.md` says so. `docs/limits.md` adds up what they allow one peer to make a node hold.
 */

// Frames. Specification: Protocols, Protocol definition.

/** Exact size of a header. */
export const HEADER_BYTES = 22;
/** Largest payload of one frame; longer messages are divided. */
export const MAX_PAYLOAD_BYTES = 5_242_880;
/** Size of the command field; shorter names are padded with `-`. */
export const MAX_COMMAND_CHARS = 11;
/** Counters run from 0 to this and start again at 0. */
export const MAX_COUNTER = 0xffff_ffff;
/** The one version of the frame that there is. */
export const FRAME_VERSION = 1;

// Messages

/** Largest message after its parts have been joined. */
export const MAX_MESSAGE_BYTES = 67_108_864;
/** Divided messages that may be incomplete at the same time on one connection. */
export const MAX_DIVIDED_MESSAGES = 4;
/** Everything that a decoder may hold for one connection: incomplete messages and the frame that is arriving. */
export const MAX_PENDING_BYTES = MAX_MESSAGE_BYTES + MAX_PAYLOAD_BYTES + HEADER_BYTES;
/** Time between two looks at what is not complete on a connection. */
export const INCOMPLETE_LOOK_MS = 30_000;
/**
 * Looks that a message, or one frame, may be found incomplete: it has at least two minutes. Looks are counted, not the
 * clock, so that a node that stood still does not blame its peers.
 */
export const MAX_INCOMPLETE_LOOKS = 4;
/** Largest payload that an unauthenticated peer may send: its `hello`. */
export const MAX_HELLO_BYTES = 4096;

// MessagePack

/** Maps and arrays within each other. */
export const MAX_NESTING_LEVELS = 32;
/** Values of one message, keys and containers included. */
export const MAX_MESSAGE_VALUES = 2_000_000;
/** Values of a request of the distributed API, or of a message for a service: three times what the longest list of agents has. */
export const MAX_REQUEST_VALUES = 65_536;
/** Whole numbers lie between minus this and this, so that every language holds them exactly as 64-bit floats too. */
export const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

// Bulk data

/** `u32 handle | u64 offset` in front of the data of `file_upd` and `str_upd`. */
export const BULK_HEADER_BYTES = 12;
/** What Muster puts into one `file_upd` or `str_upd`: small enough that keepalives pass in between. */
export const BULK_CHUNK_BYTES = 262_144;
/** Largest data of one `file_upd` or `str_upd` that is accepted; these are never divided. */
export const MAX_BULK_DATA_BYTES = MAX_PAYLOAD_BYTES - BULK_HEADER_BYTES;
/** Largest file that may be announced. */
export const MAX_FILE_BYTES = 1_099_511_627_776;
/** Largest long string that may be announced: it is held in memory. */
export const MAX_STRING_BYTES = 134_217_728;
/** Largest handle of a file or string in transfer. */
export const MAX_HANDLE = 0xffff_ffff;

// Arguments

/** Node names become directories and parts of identifiers. */
export const MAX_NODE_NAME_CHARS = 128;
/** What `hello` may call a name; a bad one is refused by name (3105), not as bad arguments. */
export const MAX_CLAIMED_NAME_CHARS = 256;
export const MAX_CLUSTER_NAME_CHARS = 128;
export const MAX_SOFTWARE_VERSION_CHARS = 64;
export const MAX_FEATURES = 32;
export const MAX_FEATURE_CHARS = 64;
/** Versions of the commands that `hello` may name. */
export const MAX_PROTOCOL_VERSION = 255;
export const MAX_TASK_CHARS = 128;
export const MAX_PATH_CHARS = 4096;
/** Files of one set, as `get_files` and `get_hash` tell it. */
export const MAX_FILES = 131_072;
/** Other short texts: keys of the configuration, names of local clients, dates, addresses. */
export const MAX_SHORT_TEXT_CHARS = 256;
/** A reason or a line for a person. */
export const MAX_TEXT_CHARS = 2048;
/** Payload of `echo`: more than one frame, so that division can be tried out. */
export const MAX_ECHO_CHARS = 16_777_216;
/** All texts and keys of one JSON value together. */
export const MAX_JSON_CHARS = 16_777_216;
/** Nodes of one cluster, as lists tell them. */
export const MAX_NODES = 10_000;
/** Errors of chunks that one report may list. */
export const MAX_ERROR_MESSAGES = 1000;
/** Strings that one command may name: together they fit what a connection may hold. */
export const MAX_COMMAND_STRINGS = 40;
/** Agents that a report may want as a whole; of more it says that it wants all. */
export const MAX_WANTED_AGENTS = 1_000;
/** Agents that a report may name. */
export const MAX_NAMED_AGENTS = 20;
/** Longest deadline that a request may carry: one hour. */
export const MAX_DEADLINE_MS = 3_600_000;
/** Largest answer to a request of the distributed API, as JSON; a larger one is refused (3301). */
export const MAX_ANSWER_BYTES = 67_108_864;
/** Largest answer that travels with the message that tells of it; longer ones go as long strings. */
export const MAX_SHORT_ANSWER_BYTES = 65_536;
/** Largest page of a list. */
export const MAX_PAGE_ITEMS = 100_000;

/** What a decoder accepts. */
export interface DecoderLimits {
  /** Payload of one frame. */
  maxPayloadBytes: number;
  /** One message, its parts joined. */
  maxMessageBytes: number;
  /** Incomplete divided messages at the same time; 0 forbids division. */
  maxDividedMessages: number;
  /** Everything held for what is not complete yet. */
  maxPendingBytes: number;
}

/** Before the peer has introduced itself: one small frame, undivided. */
export const limitsBeforeHello: Readonly<DecoderLimits> = {
  maxPayloadBytes: MAX_HELLO_BYTES,
  maxMessageBytes: MAX_HELLO_BYTES,
  maxDividedMessages: 0,
  maxPendingBytes: MAX_HELLO_BYTES + HEADER_BYTES,
};

/** Once it is known. */
export const limitsAfterHello: Readonly<DecoderLimits> = {
  maxPayloadBytes: MAX_PAYLOAD_BYTES,
  maxMessageBytes: MAX_MESSAGE_BYTES,
  maxDividedMessages: MAX_DIVIDED_MESSAGES,
  maxPendingBytes: MAX_PENDING_BYTES,
};
