import {
  type DecoderLimits,
  MAX_DIVIDED_MESSAGES,
  MAX_HELLO_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_NODES,
} from '../../limits.ts';

/** Exact size of a header of the dialect wazuh4. */
export const WAZUH4_HEADER_BYTES = 20;
/** Longest plaintext that travels in one frame; longer ones are divided, after they have been encrypted. */
export const WAZUH4_UNDIVIDED_BYTES = 5_242_880;
/** Payload of every part but the last of a divided message, as we divide: the frame has 5,242,880 bytes with its header. */
export const WAZUH4_PART_BYTES = WAZUH4_UNDIVIDED_BYTES - WAZUH4_HEADER_BYTES;
/** Parts of one message that are accepted: an original that was short of memory divides into smaller ones. */
export const WAZUH4_MAX_PARTS = 1024;
/** Longest text that tells of a failure. */
export const WAZUH4_MAX_TEXT_BYTES = 65_536;
/** Longest identifier of a task, a request or a local client. */
export const WAZUH4_MAX_ID_BYTES = 128;
/** Longest path of a file that travels. */
export const WAZUH4_MAX_PATH_BYTES = 4096;
/** Longest name, type or version that `hello` claims. */
export const WAZUH4_MAX_NAME_BYTES = 256;
/** Longest exception that is read as JSON; of a longer `err` the beginning is told, as text. */
export const WAZUH4_MAX_FAILURE_BYTES = 1_048_576;
/** Longest report of agent data: one with as many errors as it may list, of which each is cut when it was read. */
export const WAZUH4_MAX_REPORT_BYTES = 4_194_304;
/** Services that a request may say it needs. */
export const WAZUH4_MAX_SERVICES = 64;
/** Fields by which a query about nodes sorts, or which it selects. */
export const WAZUH4_MAX_FIELDS = 16;
/** Longest name of what is counted in a health: `missing`, `extra_valid`. */
export const WAZUH4_MAX_COUNT_NAME_CHARS = 16;
/** Longest query about nodes: one that names as many as a cluster may have. */
export const WAZUH4_MAX_QUERY_BYTES = 4_194_304;
/**
 * Longest list of nodes that a master tells: 1,024 bytes for each that a cluster may have, of which one with the longest
 * name takes a quarter.
 */
export const WAZUH4_MAX_NODES_BYTES = 1_024 * MAX_NODES;
/** Values of such a list, braces, commas and colons counted: a node takes nine. */
export const WAZUH4_MAX_NODES_VALUES = 16 * MAX_NODES;
/** Longest health of a cluster that it tells: 2,048 bytes a node, of which one with the longest name takes two thirds. */
export const WAZUH4_MAX_HEALTH_BYTES = 2_048 * MAX_NODES;
/** Values of such a health, likewise: a node takes some seventy. */
export const WAZUH4_MAX_HEALTH_VALUES = 128 * MAX_NODES;
/** Longest request of the distributed API, or message for a service. */
export const WAZUH4_MAX_REQUEST_BYTES = 16_777_216;

/** Version, time and initialisation vector in front of the ciphertext, and the tag behind it. */
const TOKEN_OVERHEAD_BYTES = 57;
const CIPHER_BLOCK_BYTES = 16;

/** Bytes of the token that so many bytes of plaintext become: never an empty one. */
export function tokenBytes(plainBytes: number): number {
  const raw = TOKEN_OVERHEAD_BYTES + CIPHER_BLOCK_BYTES * (Math.floor(plainBytes / CIPHER_BLOCK_BYTES) + 1);
  return 4 * Math.ceil(raw / 3);
}

const limitsOf = (maxPayloadBytes: number, maxMessageBytes: number): Readonly<DecoderLimits> => ({
  maxPayloadBytes,
  maxMessageBytes,
  maxDividedMessages: MAX_DIVIDED_MESSAGES,
  maxPendingBytes: maxMessageBytes + maxPayloadBytes + WAZUH4_HEADER_BYTES,
});

/** Before the peer has introduced itself: one small frame, undivided. */
export const wazuh4LimitsBeforeHello: Readonly<DecoderLimits> = {
  maxPayloadBytes: MAX_HELLO_BYTES,
  maxMessageBytes: MAX_HELLO_BYTES,
  maxDividedMessages: 0,
  maxPendingBytes: MAX_HELLO_BYTES + WAZUH4_HEADER_BYTES,
};

/** Between nodes, where every payload is a token. */
export const wazuh4ClusterLimits = limitsOf(
  tokenBytes(WAZUH4_UNDIVIDED_BYTES),
  tokenBytes(MAX_MESSAGE_BYTES),
);

/** On the local socket, where nothing is encrypted. */
export const wazuh4LocalLimits = limitsOf(WAZUH4_UNDIVIDED_BYTES, MAX_MESSAGE_BYTES);
