/** Connections of one TLS listener that have not finished their handshake yet; further ones are dropped. */
export const MAX_HANDSHAKES = 256;
/** Time for the TLS handshake, in milliseconds, on both sides. */
export const HANDSHAKE_TIMEOUT_MS = 5_000;
/** What one connection may have queued for writing before `write` says to wait. */
export const WRITE_HIGH_WATER_BYTES = 1_048_576;
/** Connections that the operating system may keep waiting until we accept them. */
export const LISTEN_BACKLOG = 511;
/** Time for asking whether somebody serves a Unix socket that stands there already, in milliseconds. */
export const ANSWER_TIMEOUT_MS = 1_000;
/** Longest path of a Unix socket: the kernel's field has 108 bytes, the last one is zero. */
export const MAX_SOCKET_PATH_BYTES = 107;
