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

// authd: its local protocol

/** Largest message, and largest answer that is taken; the original reads no more. */
export const MAX_AUTHD_BYTES = 65_536;
/** Programs that are served at the same time; further ones are closed. Each brings one message. */
export const MAX_AUTHD_CLIENTS = 1_024;
/** Time that a program may take to send its message, and to read its answer. The original gives a second to each read. */
export const AUTHD_CLIENT_TIMEOUT_MS = 5_000;
/** Pause between two looks whether the socket that is served is still the one that others find by its path. */
export const AUTHD_LOOK_MS = 2_000;

// Embedded authd

/** Messages that may wait to be carried out. */
export const MAX_WAITING_MESSAGES = 2_048;
/** Messages that are carried out together: the file is read and written once for all of them. */
export const MAX_BATCH_ORDERS = 512;
/** Time for the agent store to follow the file, less than anybody waits: then the answer says that it does not yet. */
export const REGISTRATION_STORE_MS = 5_000;

// Client of an authd

/** Connections to one authd: the original serves one at a time. */
export const AUTHD_CONNECTIONS = 4;
/** Time for a message: waiting for a connection, connecting, and the answer. */
export const AUTHD_TIMEOUT_MS = 20_000;
/** Pause before it is tried again to connect to an authd that has too many waiting. */
export const AUTHD_RETRY_MS = 20;
