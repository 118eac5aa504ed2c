/** Limits of the registry of agents. Those of names and ids are the original's, so that its programs read what is written here. */

/** Largest client.keys that is read or written; an agent takes about a hundred bytes. */
export const MAX_CLIENT_KEYS_BYTES = 67_108_864;
/** Highest id of an agent: eight digits. */
export const MAX_AGENT_ID = 99_999_999;
/** Digits that an id has at least in client.keys. */
export const AGENT_ID_DIGITS = 3;
export const MIN_AGENT_NAME_CHARS = 2;
export const MAX_AGENT_NAME_CHARS = 128;
export const MAX_GROUPS_PER_AGENT = 128;
export const MAX_GROUP_NAME_CHARS = 255;
/** Longest key of an agent that is read. */
export const MAX_KEY_CHARS = 127;
/** Time that another process may take to change the registry. */
export const REGISTRY_LOCK_TIMEOUT_MS = 10_000;
