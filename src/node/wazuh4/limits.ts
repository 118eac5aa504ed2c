/** Files, and strings, of one connection that are remembered as under way, each way: those that arrive, and those that are complete and not used yet. */
export const MAX_REMEMBERED = 128;
/** How long a worker waits for the TLS handshake of a master that was one of Wazuh 4.x before: it may be one of ours by now. */
export const KNOWN_SILENCE_MS = 1_000;
/** Largest file that a master takes of what somebody sends from a worker of Wazuh 4.x, which does not say how large it is: two fit what such files may take. */
export const MAX_WORKER_SENT_FILE_BYTES = 33_554_432;
