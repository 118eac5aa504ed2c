/** Connections of one listener that have not finished their handshake yet; further ones are dropped. */
export const MAX_HANDSHAKES = 256;
/** Time for the TLS handshake, in milliseconds. */
export const HANDSHAKE_TIMEOUT_MS = 5_000;
/** What one connection may have queued for writing before `write` says to wait. */
export const WRITE_HIGH_WATER_BYTES = 1_048_576;
/** Connections that the operating system may keep waiting until we accept them. */
export const LISTEN_BACKLOG = 511;
/** For sockets that we connect: Node passes them on to the stream, although its types do not know. */
export const STREAM_OPTIONS: object = { highWaterMark: WRITE_HIGH_WATER_BYTES };
